// Calls of libc that block a loop: each is found with its name, its caller and its length, and behaves as ever.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/e2e/libuv/program.h"
#include "viewer/model/trace.h"

namespace {

using loopscope::model::Site;
using loopscope::model::Trace;

// Of that call: on a busy machine the program's others may take longer than the limit as well.
std::vector<Site> blocking_sites(const Trace& trace, const std::string& call) {
  std::vector<Site> sites;
  for (const Site& site : trace.sites) {
    const bool counts = site.is(loopscope::model::kBlocking) && site.created != 0;
    if (counts && site.kind == call) sites.push_back(site);
  }
  return sites;
}

Command with(const std::string& variable, Command command) {
  command.insert(command.begin(), {"/usr/bin/env", variable});
  return command;
}

class EachCall : public testing::TestWithParam<const char*> {};

TEST_P(EachCall, IsRecordedOnceWhereItBlocksTheLoopAndBehavesAsEver) {
  const Scratch scratch;
  const Command program{BLOCKING_CALLS_HOST, GetParam()};
  const Outcome alone = run(program, scratch.path());
  const Outcome watched =
      run(with("LOOPSCOPE_BLOCKING_MS=13", recorded(scratch.file("t.pb"), program)), scratch.path());
  EXPECT_EQ(alone.exit_code, 0);
  EXPECT_EQ(watched.exit_code, 0) << watched.errors;
  EXPECT_EQ(watched.output, alone.output);
  const std::vector<Site> sites = blocking_sites(complete_trace(scratch.file("t.pb")), GetParam());
  ASSERT_EQ(sites.size(), 1u);
  EXPECT_EQ(sites[0].created, 1u)
      << "not the one before the loop, nor that of another thread, nor the short one";
  EXPECT_GE(sites[0].run_ns, 29'000'000);
  EXPECT_GE(sites[0].stack.size(), 4u);
}

INSTANTIATE_TEST_SUITE_P(Of, EachCall,
                         testing::Values("usleep", "nanosleep", "clock_nanosleep", "poll", "select", "read",
                                         "recv", "flock", "waitpid", "system", "pthread_mutex_lock",
                                         "pthread_cond_timedwait", "sem_timedwait"),
                         [](const auto& call) { return std::string(call.param); });

std::size_t recorded_with(const std::string& variable) {
  const Scratch scratch;
  const Command program{BLOCKING_CALLS_HOST, "usleep"};
  EXPECT_EQ(run(with(variable, recorded(scratch.file("t.pb"), program)), scratch.path()).exit_code, 0);
  return blocking_sites(complete_trace(scratch.file("t.pb")), "usleep").size();
}

TEST(BlockingCalls, MayBeAllowedByNameByCallerOrAltogether) {
  EXPECT_EQ(recorded_with("LOOPSCOPE_ALLOW_BLOCKING=fsync"), 1u);
  EXPECT_EQ(recorded_with("LOOPSCOPE_ALLOW_BLOCKING=fsync,usleep"), 0u);
  EXPECT_EQ(recorded_with("LOOPSCOPE_ALLOW_BLOCKING=block_here"), 0u);
  EXPECT_EQ(recorded_with("LOOPSCOPE_ALLOW_BLOCKING=block_here_not"), 1u);
  EXPECT_EQ(recorded_with("LOOPSCOPE_BLOCKING_MS=101"), 0u);
  EXPECT_EQ(recorded_with("LOOPSCOPE_BLOCKING_MS=never"), 0u);
}

TEST(BlockingCalls, EndTheProgramWhereThatIsAskedFor) {
  const Scratch scratch;
  const Command program{BLOCKING_CALLS_HOST, "usleep"};
  const Outcome ended =
      run(with("LOOPSCOPE_ABORT_ON_BLOCKING=1", recorded(scratch.file("t.pb"), program)), scratch.path());
  EXPECT_EQ(ended.exit_code, 128 + 6);
  EXPECT_NE(ended.errors.find("loopscope: usleep blocked an event loop for 3"), std::string::npos)
      << ended.errors;
  EXPECT_NE(ended.errors.find(" block_here\n"), std::string::npos) << ended.errors;
  EXPECT_NE(ended.errors.find(" uv_run\n"), std::string::npos) << ended.errors;
}

}  // namespace
