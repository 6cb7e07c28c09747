// The samples, at a size that takes a moment.
#include <gtest/gtest.h>

#include "tests/agent/recorded.h"
#include "tests/e2e/libuv/program.h"

namespace {

loopscope::model::Trace trace_of(const std::string& sample) {
  const Scratch scratch;
  const Outcome outcome = run(recorded(scratch.file("trace.pb"), {sample, "331"}), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, "331 requests answered\n");
  return complete_trace(scratch.file("trace.pb"));
}

TEST(Samples, LeakyRequestsLeaveOneTimerInElevenPending) {
  const auto trace = trace_of(LEAKY_REQUESTS);
  EXPECT_EQ(tasks_of(trace, "uv_timer").created, 2u * 331);
  EXPECT_EQ(tasks_of(trace, "uv_timer").pending, 331u / 11);
}

TEST(Samples, HealthyRequestsLeaveNoTimerPending) {
  const auto trace = trace_of(HEALTHY_REQUESTS);
  EXPECT_EQ(tasks_of(trace, "uv_timer").created, 2u * 331);
  EXPECT_EQ(tasks_of(trace, "uv_timer").pending, 0u);
}

}  // namespace
