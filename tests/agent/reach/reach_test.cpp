// What a check says of coroutines that are held in known ways: of those that something refers to, whatever it is, never that
// they are lost; of those that nothing refers to, that they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/agent/recorded.h"

namespace {

using loopscope::model::NeverResumable;
using loopscope::model::ReachabilityCheck;
using loopscope::model::TaskIndex;
using loopscope::model::Trace;
using testing::HasSubstr;

using Counted = std::map<std::string, int>;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

struct Checked {
  std::string output;
  Trace trace;

  // Of those that are proven lost, by the function's name.
  Counted lost() const {
    Counted counted;
    for (const NeverResumable& one : trace.never_resumable) ++counted[function(one.task)];
    return counted;
  }
  const ReachabilityCheck& check() const { return trace.reachability_checks.front(); }

 private:
  std::string function(TaskIndex task) const {
    const auto& stack = trace.sites[trace.tasks.site(task)].stack;
    return stack.empty() ? "" : stack.front().function;
  }
};

Checked checked(const std::string& host, const std::string& scenario, int status = 0) {
  const Folder folder;
  Checked result;
  const std::string command =
      host + " " + scenario + " " + folder.path("trace.pb") + " " + std::to_string(status) + " 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  char buffer[4096];
  while (const std::size_t got = fread(buffer, 1, sizeof buffer, pipe)) result.output.append(buffer, got);
  EXPECT_EQ(WEXITSTATUS(pclose(pipe)), status) << result.output;
  result.trace = read_recorded(folder.path("trace.pb"));
  EXPECT_TRUE(result.trace.integrity.complete());
  EXPECT_EQ(result.trace.integrity.unmatched_events, 0u);
  return result;
}

// A sanitizer's malloc is none that the agent knows: then nothing is proven, and nothing wrong is said.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKnownMalloc = false;
#else
constexpr bool kKnownMalloc = true;
#endif

class EveryPlanted : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Reach, EveryPlanted, testing::ValuesIn(split(PLANTED_HOSTS)), [](const auto& host) {
  const std::string name = std::filesystem::path(host.param).filename();
  return name.substr(std::string("reach_planted_").size());
});

TEST_P(EveryPlanted, LostOnesAreFoundAndHeldOnesAreNot) {
  const Checked run = checked(GetParam(), "alone");
  ASSERT_EQ(run.trace.reachability_checks.size(), 1u) << run.output;
  EXPECT_EQ(run.check().trouble, "");
  EXPECT_EQ(run.check().suspended, 69u);
  if (!kKnownMalloc) {
    EXPECT_EQ(run.lost(), Counted{});
    return;
  }
  // Without optimisation a word of the last lost one may stay on the stack, where it counts as a reference.
  Counted lost = run.lost();
  std::uint64_t left_over = 0;
  if (GetParam().ends_with("_O0") && lost["lost"] == 6) {
    left_over = 1;
    lost["lost"] = 7;
  }
  EXPECT_EQ(lost, (Counted{{"lost", 7},
                           {"lost_unstarted", 3},
                           {"in_circle", 10},
                           {"in_own_channel", 2},
                           {"in_freed_list", 13},
                           {"in_freed_block", 13}}));
  EXPECT_EQ(run.check().unreachable, 48u - left_over);
  EXPECT_EQ(run.check().reached, 21u + left_over);
  EXPECT_EQ(run.check().threads, 1u);
  EXPECT_THAT(run.output,
              HasSubstr("result 0 suspended 69 never_resumable " + std::to_string(48 - left_over) + "\n"));
  EXPECT_THAT(run.output, HasSubstr("done\n"));
}

TEST_P(EveryPlanted, WhatOnlyOtherThreadsHaveIsHeld) {
  const Checked run = checked(GetParam(), "threads");
  ASSERT_EQ(run.trace.reachability_checks.size(), 1u) << run.output;
  EXPECT_THAT(run.output, HasSubstr("epoll_wait 1\n"))
      << "who waits for ever is not woken by being looked at";
  EXPECT_THAT(run.output, HasSubstr("done\n"));
  // Where a debugger is not allowed to look, nothing is said.
  if (run.check().trouble == "the registers of the program's threads could not be read") GTEST_SKIP();
  EXPECT_EQ(run.check().trouble, "");
  EXPECT_EQ(run.check().threads, 10u);
  EXPECT_EQ(run.check().suspended, 22u);
  EXPECT_EQ(run.lost(), kKnownMalloc ? (Counted{{"lost", 14}}) : Counted{});
}

TEST_P(EveryPlanted, NothingIsProvenOfWhatAnIoUringMayHold) {
  const Checked run = checked(GetParam(), "ring");
  ASSERT_EQ(run.trace.reachability_checks.size(), 1u) << run.output;
  if (run.output.find("no io_uring") != std::string::npos) GTEST_SKIP();
  EXPECT_THAT(run.check().trouble, HasSubstr("io_uring"));
  EXPECT_EQ(run.lost(), Counted{});
  EXPECT_THAT(run.output, HasSubstr("result -7"));
}

TEST(ReachabilityCheck, IsNotNoticedByTheProgram) {
  const Checked run = checked(GUEST_HOST, "unnoticed");
  if (run.output.find("result -7") != std::string::npos) GTEST_SKIP() << run.output;
  EXPECT_EQ(run.output, std::string("result 0 never_resumable ") + (kKnownMalloc ? "1" : "0") +
                            "\n"
                            "children seen 0, signals 0, fork handlers 0\n"
                            "descriptors are the program's own\n"
                            "no child is left\n"
                            "exit handler\n");
}

TEST(ReachabilityCheck, GivesUpInTimeAndSaysSo) {
  const Checked run = checked(GUEST_HOST, "no_time");
  EXPECT_EQ(run.output, "result -7: nothing is proven: it took longer than it was given\n");
  ASSERT_EQ(run.trace.reachability_checks.size(), 1u);
  EXPECT_EQ(run.check().trouble, "it took longer than it was given");
  EXPECT_EQ(run.lost(), Counted{});
}

// Before anything is torn down: afterwards all that statics hold would look lost.
TEST(ReachabilityCheck, AtTheExitComesBeforeDestructors) {
  const Checked run = checked(GUEST_HOST, "exits", 23);
  EXPECT_EQ(run.output, "");
  ASSERT_EQ(run.trace.reachability_checks.size(), 1u);
  EXPECT_TRUE(run.check().at_exit);
  EXPECT_EQ(run.check().trouble, "");
  EXPECT_EQ(run.check().suspended, 8u);
  EXPECT_EQ(run.lost(), kKnownMalloc ? (Counted{{"lost", 5}}) : Counted{});
  EXPECT_EQ(run.trace.exit_code, 23);
}

TEST(ReachabilityCheck, IsAForkedChildsOwn) {
  const Checked run = checked(GUEST_HOST, "forks");
  const std::string one = kKnownMalloc ? "1" : "0";
  EXPECT_EQ(run.output, "child: result 0 never_resumable " + one +
                            "\n"
                            "child came back\n"
                            "parent: result 0 never_resumable " +
                            one + "\n");
}

}  // namespace
