#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::Trace;
using testing::a_trace;
using testing::created_at;
using ::testing::DoubleNear;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const Trace& trace) { return loop_lag(trace, Limits{}); }

TEST(LoopLag, IsReportedWhenOneEventInAHundredWaitsTooLong) {
  const auto findings = detect(a_trace()
                                   .with_loop("libuv", "main")
                                   .with_lag(1 * kSecond, 2 * ms, 967)
                                   .with_lag(5 * kSecond, 101 * ms, 31)
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].detector, "loop-lag");
  EXPECT_EQ(findings[0].loop, 0u);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].count, 31u);
  EXPECT_THAT(evidence(findings[0], "lag_p99"), DoubleNear(101, 0.01));
  EXPECT_THAT(findings[0].title,
              HasSubstr("libuv loop 1 (main) runs late: one event in a hundred waits over 101 ms"));
  // The slice of the trace in which it was late.
  EXPECT_LE(findings[0].first, 5 * kSecond);
  EXPECT_GE(findings[0].last, 5 * kSecond);
  EXPECT_LT(findings[0].last - findings[0].first, 50 * ms);
}

TEST(LoopLag, IsNotReportedBelowTheLimits) {
  EXPECT_THAT(detect(a_trace()
                         .with_loop()
                         .with_lag(1 * kSecond, 2 * ms, 997)
                         .with_lag(5 * kSecond, 211 * ms, 3)
                         .build()),
              IsEmpty());
}

TEST(LoopLag, IsReportedForOneVeryLateMoment) {
  const auto findings = detect(
      a_trace().with_loop().with_lag(1 * kSecond, 2 * ms, 997).with_lag(5 * kSecond, 307 * ms).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].title, HasSubstr("was late by 307 ms once at its worst"));
}

TEST(LoopLag, DoesNotTakeFewSamplesForPercentiles) {
  EXPECT_THAT(detect(a_trace().with_loop().with_lag(1 * kSecond, 101 * ms, 23).build()), IsEmpty());
}

TEST(LoopLag, IsCriticalFromASecond) {
  const auto findings = detect(a_trace().with_loop().with_lag(1 * kSecond, 1009 * ms).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::critical);
}

// An idle loop that somebody gave something without waking it; the same with a loop that had its hands full.
TEST(LoopLag, IsNeverCriticalOfALoopThatSlept) {
  const auto with_busy = [](Nanos busy) {
    return detect(a_trace()
                      .with_loop("libevent", "main")
                      .with_ticks(97, every(101 * ms), 0, busy)
                      .with_lag(5 * kSecond, 1009 * ms)
                      .build());
  };
  const auto slept = with_busy(1 * ms);
  ASSERT_THAT(slept, SizeIs(1));
  EXPECT_EQ(slept[0].severity, Severity::warning);
  EXPECT_EQ(slept[0].title, "libevent loop 1 (main) slept for 1.01 s while something was due");
  EXPECT_THAT(slept[0].advice, HasSubstr("nothing woke it"));
  const auto worked = with_busy(61 * ms);
  ASSERT_THAT(worked, SizeIs(1));
  EXPECT_EQ(worked[0].severity, Severity::critical);
  EXPECT_THAT(worked[0].title, HasSubstr("was late by 1.01 s once at its worst"));
}

TEST(LoopLag, NamesThePlaceThatHoldsTheLoopAndTheWorstTicks) {
  const Trace trace = a_trace()
                          .with_loop("libuv", "main")
                          .with_tick(1 * kSecond, 401 * ms)
                          .with_tick(3 * kSecond, 307 * ms)
                          .with_site("uv_work", "fine.c", 12)
                          .with_task(created_at(0).ready_at(1 * kSecond).ran(1401 * ms, 1 * ms))
                          .with_site("uv_timer", "slow.c", 34, 0, "crunch")
                          .with_task(created_at(0).ready_at(1 * kSecond).ran(1 * kSecond, 400 * ms))
                          .with_task(created_at(0).ready_at(3 * kSecond).ran(3 * kSecond, 307 * ms))
                          .build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].site, 2u);
  EXPECT_EQ(evidence(findings[0], "longest_callback"), 400);
  EXPECT_EQ(evidence(findings[0], "long_callbacks_total"), 707);
  EXPECT_EQ(evidence(findings[0], "worst_tick_1_at"), 1000);
  EXPECT_EQ(evidence(findings[0], "worst_tick_1_busy"), 401);
  EXPECT_EQ(evidence(findings[0], "worst_tick_2_at"), 3000);
  ASSERT_THAT(findings[0].tasks, SizeIs(2));
  EXPECT_EQ(trace.tasks.id(findings[0].tasks[0]), 2u);
}

TEST(LoopLag, SaysTheMachineIsBusyWhenTheKernelWokeTheLoopLate) {
  const auto findings = detect(a_trace()
                                   .with_loop()
                                   .with_ticks(997, every(10 * ms), 0, 1 * ms)
                                   .with_poll_delay(97 * ms, 997)
                                   .with_lag(1 * kSecond, 101 * ms, 997)
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].title, HasSubstr("because the machine was busy"));
  EXPECT_EQ(findings[0].site, model::kNoSite);
}

TEST(LoopLag, BlamesTheProgramWhenItsTicksAreLongOnABusyMachine) {
  const auto findings = detect(a_trace()
                                   .with_loop()
                                   .with_ticks(97, every(101 * ms), 0, 83 * ms)
                                   .with_poll_delay(97 * ms, 97)
                                   .with_lag(1 * kSecond, 101 * ms, 997)
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(LoopLag, IsNotTheStartUpBeforeTheFirstPoll) {
  auto trace = a_trace()
                   .with_loop()
                   .with_site("coroutine", "main.cpp", 12)
                   .with_task(created_at(0).ran(1 * ms, 901 * ms))
                   .with_lag(5 * kSecond, 307 * ms)
                   .build();
  trace.loops[0].first = 907 * ms;
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].site, model::kNoSite) << "the long start is not what made the loop late";
}

TEST(LoopLag, JudgesEveryLoopByItself) {
  const auto findings = detect(a_trace()
                                   .with_loop("libuv", "one")
                                   .with_lag(1 * kSecond, 2 * ms, 101)
                                   .with_loop("libuv", "two")
                                   .with_lag(1 * kSecond, 307 * ms, 101)
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].title, HasSubstr("loop 2 (two)"));
}

}  // namespace
}  // namespace loopscope::detect
