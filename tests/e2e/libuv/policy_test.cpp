// Which processes leave a trace, and what is in it when they leave early, bring libuv late or link the adapter.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "agent/adapters/libc/hooked_functions.h"
#include "agent/adapters/libevent/hooked_functions.h"
#include "agent/adapters/liburing/hooked_functions.h"
#include "agent/adapters/libuv/hooked_functions.h"
#include "tests/agent/recorded.h"
#include "tests/e2e/libuv/program.h"

namespace {

// The environment alone, so that nobody else tidies up.
Command preloaded(const Scratch& scratch, const Command& command, const std::string& more = "NOTHING=") {
  Command all{"env", "LD_PRELOAD=" LOOPSCOPE_PRELOAD, "LOOPSCOPE_RECORD=1",
              "LOOPSCOPE_TRACE=" + scratch.file("trace.pb"), more};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

std::set<std::string> files_like_traces(const Scratch& scratch) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    const std::string name = entry.path().filename();
    if (name.find(".pb") != std::string::npos) names.insert(name);
  }
  return names;
}

class LeavingBy : public testing::TestWithParam<const char*> {};

TEST_P(LeavingBy, WritesTheEndOfTheTrace) {
  const Scratch scratch;
  EXPECT_EQ(run(preloaded(scratch, {LEAVING_HOST, GetParam()}), scratch.path()).exit_code, 7);
  const auto trace = complete_trace(scratch.file("trace.pb"));
  EXPECT_EQ(tasks_of(trace, "uv_timer"), (Counts{23, 23, 0}));
  EXPECT_EQ(trace.exit_code, 7);
  EXPECT_EQ(files_like_traces(scratch), (std::set<std::string>{"trace.pb"}));
}

INSTANTIATE_TEST_SUITE_P(Ways, LeavingBy, testing::Values("_exit", "quick_exit", "return"));

TEST(Policy, AVforkedChildThatLeavesDoesNotEndItsParentsTrace) {
  const Scratch scratch;
  EXPECT_EQ(run(preloaded(scratch, {LEAVING_HOST, "vfork"}), scratch.path()).exit_code, 7);
  EXPECT_EQ(tasks_of(complete_trace(scratch.file("trace.pb")), "uv_timer"), (Counts{46, 46, 0}));
}

TEST(Policy, AProcessThatRunsNoLoopLeavesNoFile) {
  const Scratch scratch;
  EXPECT_EQ(run(preloaded(scratch, {LEAVING_HOST, "no loop"}), scratch.path()).exit_code, 7);
  EXPECT_EQ(files_like_traces(scratch), std::set<std::string>{});
}

TEST(Policy, AProgramThatGivesUpItsRightsBeforeItsLoopIsRecorded) {
  for (const char* way : {"without rights", "in another root"}) {
    const Scratch scratch;
    std::filesystem::create_directory(scratch.file("root"));
    EXPECT_EQ(run(preloaded(scratch, {LEAVING_HOST, way, scratch.file("root")}), scratch.path()).exit_code, 7)
        << way;
    const std::set<std::string> names = files_like_traces(scratch);
    ASSERT_EQ(names.size(), 1u) << way;
    EXPECT_EQ(tasks_of(complete_trace(scratch.file(*names.begin())), "uv_timer"), (Counts{23, 23, 0})) << way;
  }
}

TEST(Policy, WithoutTheRequestNothingIsRecorded) {
  const Scratch scratch;
  EXPECT_EQ(run({"env", "LD_PRELOAD=" LOOPSCOPE_PRELOAD, LEAVING_HOST, "return"}, scratch.path()).exit_code,
            7);
  EXPECT_EQ(files_like_traces(scratch), std::set<std::string>{});
}

TEST(Policy, WithoutChildrenTheNextProgramIsLeftAlone) {
  const Scratch scratch;
  EXPECT_EQ(run(preloaded(scratch, {LEAVING_HOST, "exec"}), scratch.path()).exit_code, 3);
  EXPECT_EQ(run(preloaded(scratch, {LEAVING_HOST, "exec"}, "LOOPSCOPE_CHILDREN=0"), scratch.path()).exit_code,
            7);
}

TEST(Policy, LibuvThatAPluginBringsIsRecorded) {
  const Scratch scratch;
  EXPECT_EQ(run(preloaded(scratch, {PLUGIN_USER_HOST, PLUGIN_LIBRARY}), scratch.path()).exit_code, 7);
  EXPECT_EQ(tasks_of(complete_trace(scratch.file("trace.pb")), "uv_timer"), (Counts{23, 23, 0}));
}

TEST(Linked, BeforeLibuvRecordsTasksAndTicks) {
  const Scratch scratch;
  EXPECT_EQ(run({ATTACHED_HOST, scratch.file("own.pb")}, scratch.path()).output, "attached 0, closed 0\n");
  const auto trace = complete_trace(scratch.file("own.pb"));
  EXPECT_EQ(tasks_of(trace, "uv_timer"), (Counts{1, 1, 0}));
  ASSERT_EQ(trace.loops.size(), 1u);
  EXPECT_GT(trace.loops[0].ticks, 0u);
}

TEST(Linked, BehindLibuvStillRecordsTicks) {
  const Scratch scratch;
  EXPECT_EQ(run({ATTACHED_LATE_HOST, scratch.file("own.pb")}, scratch.path()).output,
            "attached 1, closed 0\n");
  const auto trace = complete_trace(scratch.file("own.pb"));
  EXPECT_EQ(tasks_of(trace, "uv_timer"), (Counts{0, 0, 0}));
  ASSERT_EQ(trace.loops.size(), 1u);
  EXPECT_GT(trace.loops[0].ticks, 0u);
}

TEST(Linked, AndPreloadedAtOnceRecordsEverythingOnce) {
  const Scratch scratch;
  EXPECT_EQ(run(preloaded(scratch, {ATTACHED_HOST}), scratch.path()).output, "attached 0, closed 0\n");
  const auto trace = complete_trace(scratch.file("trace.pb"));
  EXPECT_EQ(tasks_of(trace, "uv_timer"), (Counts{1, 1, 0}));
  EXPECT_EQ(trace.loops.size(), 1u);
}

class Exports : public testing::TestWithParam<std::pair<const char*, std::set<std::string>>> {};

TEST_P(Exports, AreTheHooksAndNothingElse) {
  const auto& [library, others] = GetParam();
  std::set<std::string> expected = others;
#define LOOPSCOPE_UV_NAME(name) expected.insert(#name);
  LOOPSCOPE_UV_HOOKED_FUNCTIONS(LOOPSCOPE_UV_NAME)
#undef LOOPSCOPE_UV_NAME
  if (library == std::string(LOOPSCOPE_PRELOAD)) {
#define LOOPSCOPE_LIBC_NAME(name) expected.insert(#name);
    LOOPSCOPE_LIBC_HOOKED_FUNCTIONS(LOOPSCOPE_LIBC_NAME)
#undef LOOPSCOPE_LIBC_NAME
#ifdef LOOPSCOPE_LIBEVENT
#define LOOPSCOPE_EVENT_NAME(name) expected.insert(#name);
    LOOPSCOPE_EVENT_HOOKED_FUNCTIONS(LOOPSCOPE_EVENT_NAME)
#undef LOOPSCOPE_EVENT_NAME
#endif
#ifdef LOOPSCOPE_LIBURING
#define LOOPSCOPE_URING_NAME(name) expected.insert(#name);
    LOOPSCOPE_URING_HOOKED_FUNCTIONS(LOOPSCOPE_URING_NAME)
#undef LOOPSCOPE_URING_NAME
#endif
  }
  const Scratch scratch;
  std::stringstream lines(
      run({"nm", "-D", "--defined-only", "--format=posix", library}, scratch.path()).output);
  std::set<std::string> exported;
  for (std::string line; std::getline(lines, line);) exported.insert(line.substr(0, line.find(' ')));
  EXPECT_EQ(exported, expected);
}

std::set<std::string> with_waits(std::set<std::string> others) {
  others.insert({"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "__poll_chk", "__ppoll_chk",
                 "select", "pselect", "__io_uring_get_cqe", "io_uring_submit_and_wait",
                 "io_uring_submit_and_wait_timeout", "io_uring_wait_cqes", "io_uring_wait_cqe_timeout",
                 "loopscope_internal_entered"});
  return others;
}

const std::set<std::string> kAttaching = with_waits({"loopscope_uv_attach", "loopscope_uv_detach"});
const std::set<std::string> kLeaving =
    with_waits({"loopscope_uv_attach", "loopscope_uv_detach", "_exit", "_Exit", "quick_exit", "chroot",
                "setuid", "seteuid", "setreuid", "setresuid", "setgid", "setegid", "setregid", "setresgid"});
INSTANTIATE_TEST_SUITE_P(Libraries, Exports,
                         testing::Values(std::pair{LOOPSCOPE_UV_LIBRARY, kAttaching},
                                         std::pair{LOOPSCOPE_PRELOAD, kLeaving}),
                         [](const auto& library) { return library.index == 0 ? "uv" : "preload"; });

}  // namespace
