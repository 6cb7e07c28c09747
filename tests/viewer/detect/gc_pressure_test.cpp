#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using testing::a_trace;
using ::testing::DoubleNear;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const testing::TraceBuilder& trace) {
  return gc_pressure(trace.build(), Limits{});
}

// Ten seconds of which the loop is busy for 997 ticks of 3 ms.
testing::TraceBuilder a_runtime() {
  auto builder = a_trace();
  builder.with_loop().with_ticks(997, every(10 * ms), 0, 3 * ms);
  return builder;
}

void pauses(testing::TraceBuilder& trace, const char* kind, int count, Nanos duration) {
  for (int i = 0; i < count; ++i) trace.with_pause(kind, kSecond + i * 71 * ms, duration);
}

TEST(GcPressure, TellsPausesByKindAndTheirShareOfTheBusyTime) {
  auto runtime = a_runtime();
  pauses(runtime, "gc minor", 101, 2 * ms);
  pauses(runtime, "gc mark-sweep", 7, 23 * ms);
  const auto findings = detect(runtime);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_EQ(evidence(found, "pauses"), 108);
  EXPECT_EQ(evidence(found, "paused_total"), 202 + 161);
  EXPECT_EQ(evidence(found, "paused_worst"), 23);
  EXPECT_THAT(evidence(found, "share_of_busy"), DoubleNear(100 * 363 / 2991.0, 0.1));
  EXPECT_EQ(evidence(found, "gc_minor_times"), 101);
  EXPECT_EQ(evidence(found, "gc_minor_total"), 202);
  EXPECT_EQ(evidence(found, "gc_mark_sweep_worst"), 23);
  EXPECT_EQ(found.first, kSecond);
  EXPECT_THAT(found.title, HasSubstr("12.1 %"));
}

TEST(GcPressure, IsCriticalWhereLittleElseIsDone) {
  auto runtime = a_runtime();
  pauses(runtime, "gc", 101, 11 * ms);
  ASSERT_THAT(detect(runtime), SizeIs(1));
  EXPECT_EQ(detect(runtime)[0].severity, Severity::critical);
}

TEST(GcPressure, MindsOneLongPause) {
  auto runtime = a_runtime();
  pauses(runtime, "gc", 1, 101 * ms);
  ASSERT_THAT(detect(runtime), SizeIs(1));
  EXPECT_EQ(detect(runtime)[0].severity, Severity::warning);
}

TEST(GcPressure, IsNotReportedForOrdinaryHousekeeping) {
  auto runtime = a_runtime();
  pauses(runtime, "gc minor", 97, 1 * ms);
  EXPECT_THAT(detect(runtime), IsEmpty());
  EXPECT_THAT(detect(a_runtime()), IsEmpty());
}

TEST(GcPressure, LetsAProgramBeThatDoesNextToNothing) {
  auto idle = a_trace();
  idle.with_loop().with_tick(kSecond, 31 * ms);
  pauses(idle, "gc", 3, 7 * ms);
  EXPECT_THAT(detect(idle), IsEmpty());
}

TEST(GcPressure, HasNotEnoughEvidenceInAShortTrace) {
  auto start = a_trace();
  start.lasting(101 * ms).with_loop().with_tick(0, 97 * ms);
  for (int i = 0; i < 5; ++i) start.with_pause("gc", i * 11 * ms, 5 * ms);
  ASSERT_THAT(detect(start), SizeIs(1));
  EXPECT_EQ(detect(start)[0].severity, Severity::info);
}

TEST(GcPressure, SurvivesAbsurdTimes) {
  auto odd = a_runtime();
  odd.with_pause("", INT64_MIN, INT64_MAX).with_pause("%", INT64_MAX, INT64_MAX).with_pause("x", 0, -5);
  EXPECT_THAT(detect(odd), SizeIs(1));
}

}  // namespace
}  // namespace loopscope::detect
