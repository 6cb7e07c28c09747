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
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const Trace& trace) { return never_started(trace, Limits{}); }
TraceBuilder coroutines() {
  return a_trace().lasting(1009 * ms).with_site("coroutine", "log.cpp", 11, 0, "write_log");
}

TEST(NeverStarted, ReportsCoroutinesThatWereDroppedUnawaited) {
  const auto findings =
      detect(coroutines()
                 .with_tasks(23, every(ms), created_at(101 * ms).abandoned_at(101 * ms))
                 .with_tasks(7, every(ms), created_at(211 * ms).ran(211 * ms, 1000).finished_at(223 * ms))
                 .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].detector, "never-started");
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].title, "23 of 30 coroutines created here never started");
  EXPECT_EQ(evidence(findings[0], "destroyed_unstarted"), 23);
  EXPECT_EQ(evidence(findings[0], "still_there"), 0);
  EXPECT_THAT(findings[0].advice, HasSubstr("without co_await"));
}

TEST(NeverStarted, ReportsThoseThatAreKeptAndForgotten) {
  const auto findings = detect(coroutines().with_tasks(3, every(ms), created_at(101 * ms)).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "still_there"), 3);
  EXPECT_EQ(evidence(findings[0], "oldest_age"), 1009 - 101);
}

TEST(NeverStarted, WaitsForTheYoung) {
  EXPECT_THAT(detect(coroutines().with_task(created_at(997 * ms)).build()), IsEmpty());
}

TEST(NeverStarted, IsNotOneThatRanOrRuns) {
  EXPECT_THAT(detect(coroutines().with_task(created_at(101 * ms).ran(103 * ms, 7)).build()), IsEmpty());
  EXPECT_THAT(
      detect(coroutines().with_task(created_at(101 * ms).ran(103 * ms, 7).abandoned_at(211 * ms)).build()),
      IsEmpty());
  // Its first span goes on at the trace's end, and is counted nowhere yet.
  TraceBuilder running = coroutines().with_task(created_at(101 * ms));
  Trace trace = running.build();
  trace.longest_spans.push_back({103 * ms, 906 * ms, 0, 0, model::kNoLoop});
  EXPECT_THAT(detect(trace), IsEmpty());
}

TEST(NeverStarted, IsNothingButCoroutines) {
  EXPECT_THAT(detect(a_trace()
                         .lasting(1009 * ms)
                         .with_site("uv_timer", "leak.c", 12)
                         .with_tasks(23, every(ms), created_at(101 * ms))
                         .build()),
              IsEmpty());
}

TEST(NeverStarted, IsNotSureWhereEventsWereLost) {
  const auto findings = detect(coroutines()
                                   .with_tasks(23, every(ms), created_at(101 * ms))
                                   .with_loss("no free chunk in the pool", 101)
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("Not enough evidence"));
}

TEST(NeverStarted, ReportsAtOnceWhatNothingRefersTo) {
  const auto findings = detect(coroutines()
                                   .with_task(created_at(1005 * ms))
                                   .with_task(created_at(1006 * ms))
                                   .with_proof(1007 * ms, {2})
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].count, 1u);
  EXPECT_EQ(evidence(findings[0], "never_resumable"), 1);
  EXPECT_THAT(findings[0].advice, HasSubstr("[[nodiscard]]"));
}

}  // namespace
}  // namespace loopscope::detect
