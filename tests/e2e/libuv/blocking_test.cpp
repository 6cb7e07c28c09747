// Calls of libc that block a loop's thread say so themselves; the same calls elsewhere do not. A host makes one call
// and prints what came of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "tests/e2e/libuv/program.h"
#include "viewer/analysis.h"

using loopscope::model::Site;
using loopscope::model::Trace;

namespace {

struct Said {
  std::string call;
  long result = -3;
  int error = -1;
  long long took = 0;
};

Said said_in(const std::string& output) {
  Said said;
  std::istringstream(output) >> said.call >> said.result >> said.error >> said.took;
  return said;
}

Command preloaded(const Scratch& scratch, const Command& host, const std::string& more = "NOTHING=") {
  Command all{"env",
              "LD_PRELOAD=" LOOPSCOPE_PRELOAD,
              "LOOPSCOPE_RECORD=1",
              "LOOPSCOPE_CHILDREN=0",
              "LOOPSCOPE_TRACE=" + scratch.file("trace.pb"),
              more};
  all.insert(all.end(), host.begin(), host.end());
  return all;
}

// Of that call: on a busy machine the program's others may take longer than the limit as well.
std::vector<Site> blocking_sites(const Trace& trace, const std::string& call) {
  std::vector<Site> sites;
  for (const Site& site : trace.sites) {
    if (site.created != 0 && site.is(loopscope::model::kBlocking) && site.kind == call) sites.push_back(site);
  }
  return sites;
}

class EachCall : public testing::TestWithParam<const char*> {};

TEST_P(EachCall, ThatBlocksTheLoopIsRecordedOnceWithItsTimeAndItsCaller) {
  const Scratch scratch;
  const Outcome alone = run({BLOCKING_HOST, GetParam(), "loop"}, scratch.path());
  const Outcome outcome = run(preloaded(scratch, {BLOCKING_HOST, GetParam(), "loop"}), scratch.path());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const Said said = said_in(outcome.output), expected = said_in(alone.output);
  EXPECT_EQ(said.call, GetParam());
  EXPECT_EQ(said.result, expected.result);
  EXPECT_EQ(said.error, expected.error);

  const auto analysis = loopscope::analyze(scratch.file("trace.pb"), {});
  ASSERT_TRUE(static_cast<bool>(analysis)) << analysis.error().text();
  const auto sites = blocking_sites(analysis->trace, GetParam());
  ASSERT_EQ(sites.size(), 1u);
  EXPECT_EQ(sites[0].created, 1u);
  EXPECT_EQ(sites[0].finished, 1u);
  EXPECT_EQ(sites[0].spans, 1u);
  EXPECT_GE(sites[0].run_ns, 13'000'000);
  EXPECT_LE(sites[0].run_ns, said.took + said.took / 20);
  // The calling function may be inlined into the one that dynamic symbols name.
  ASSERT_GE(sites[0].stack.size(), 4u);
  EXPECT_EQ(sites[0].stack[0].module, "uv_host_blocking");
  EXPECT_TRUE(std::any_of(sites[0].stack.begin(), sites[0].stack.begin() + 3, [](const auto& frame) {
    return frame.function == "the_caller";
  })) << sites[0].stack[0].function;
}

TEST_P(EachCall, OnAnotherThreadIsNobodysBusiness) {
  const Scratch scratch;
  const Outcome outcome = run(preloaded(scratch, {BLOCKING_HOST, GetParam(), "thread"}), scratch.path());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(said_in(outcome.output).call, GetParam());
  EXPECT_EQ(blocking_sites(complete_trace(scratch.file("trace.pb")), GetParam()).size(), 0u);
}

TEST_P(EachCall, BelowTheLimitIsNotRecorded) {
  const Scratch scratch;
  const Outcome outcome = run(
      preloaded(scratch, {BLOCKING_HOST, GetParam(), "loop"}, "LOOPSCOPE_BLOCKING_MS=59000"), scratch.path());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_EQ(blocking_sites(complete_trace(scratch.file("trace.pb")), GetParam()).size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Calls, EachCall,
                         testing::Values("nanosleep", "clock_nanosleep", "usleep", "sleep", "poll", "system",
                                         "pthread_mutex_lock", "flock", "waitpid"),
                         [](const auto& call) { return std::string(call.param); });

TEST(Blocking, ACallThatFailsAtOnceKeepsItsErrno) {
  const Scratch scratch;
  const Said said = said_in(run(preloaded(scratch, {BLOCKING_HOST, "fsync", "loop"}), scratch.path()).output);
  EXPECT_EQ(said.result, -1);
  EXPECT_EQ(said.error, EBADF);
}

TEST(Blocking, AllowedCallsAndFunctionsAreNotRecorded) {
  for (const char* list : {"fsync,usleep", "the_caller"}) {
    const Scratch scratch;
    const Outcome outcome = run(preloaded(scratch, {BLOCKING_HOST, "usleep", "loop"},
                                          std::string("LOOPSCOPE_ALLOW_BLOCKING=") + list),
                                scratch.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(blocking_sites(complete_trace(scratch.file("trace.pb")), "usleep").size(), 0u) << list;
  }
}

TEST(Blocking, AbortsAtTheFirstCallIfToldTo) {
  const Scratch scratch;
  const Outcome outcome = run(
      preloaded(scratch, {BLOCKING_HOST, "usleep", "loop"}, "LOOPSCOPE_ABORT_ON_BLOCKING=1"), scratch.path());
  EXPECT_EQ(outcome.exit_code, 128 + 6);
  EXPECT_NE(outcome.errors.find("loopscope: usleep blocked an event loop for "), std::string::npos)
      << outcome.errors;
  EXPECT_NE(outcome.errors.find(" the_caller\n"), std::string::npos) << outcome.errors;
}

}  // namespace
