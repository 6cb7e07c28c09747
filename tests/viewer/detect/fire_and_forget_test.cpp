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

std::vector<Finding> detect(const Trace& trace) { return fire_and_forget(trace, Limits{}); }

// A request that starts an entry of the log every millisecond and is over 50 ms later; the entries' site is current.
TraceBuilder request() {
  return a_trace()
      .lasting(1009 * ms)
      .with_site("coroutine", "serve.cpp", 11, 0, "serve")
      .with_task(created_at(101 * ms).ran(101 * ms, 1000).finished_at(151 * ms))
      .with_site("coroutine", "audit.cpp", 13, 0, "audit");
}
testing::TaskSpec entry(Time created) { return created_at(created).child_of(1).ran(created, 1000); }

TEST(FireAndForget, ReportsThoseThatFailOrNeverFinish) {
  const Trace trace = request()
                          .with_tasks(23, every(ms), entry(103 * ms).finished_at(203 * ms))
                          .with_tasks(7, every(ms), entry(103 * ms).failed_at(211 * ms))
                          .with_tasks(5, every(ms), entry(103 * ms))
                          .build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.detector, "fire-and-forget");
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_EQ(
      found.title,
      "35 of 35 coroutines are awaited by nobody and outlive who started them: 7 failed, 5 never finished");
  EXPECT_EQ(trace.sites[found.site].stack.front().function, "audit");
  EXPECT_EQ(evidence(found, "fire_and_forget"), 35);
  EXPECT_EQ(evidence(found, "failed"), 7);
  EXPECT_EQ(evidence(found, "never_finished"), 5);
  EXPECT_NEAR(evidence(found, "lost_share"), 100. * 12 / 35, 0.01);
  EXPECT_EQ(evidence(found, "outlived_by"), 1009 - 151);
  // What they lasted: 7 failed after 108 ms each, 5 are pending since 103, 104 ... 107 ms.
  EXPECT_NEAR(found.price, (7 * 108 + 5 * 1009 - 525) / 1e3, 1e-6);
}

TEST(FireAndForget, IsANoteWhereAllOfThemFinish) {
  const auto findings =
      detect(request().with_tasks(23, every(ms), entry(103 * ms).finished_at(203 * ms)).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_TRUE(findings[0].candidate);
}

// A session holds its heartbeat, and destroys it when it is over.
TEST(FireAndForget, IsANoteWhereTheyAreGivenUp) {
  const auto findings =
      detect(request().with_tasks(23, every(ms), entry(103 * ms).abandoned_at(203 * ms)).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(evidence(findings[0], "destroyed_unfinished"), 23);
}

// Whom they wait for is to blame, and is leaked-task's.
TEST(FireAndForget, DoesNotBlameThoseThatAnotherTaskHoldsUp) {
  TraceBuilder builder = request().with_tasks(23, every(ms), entry(103 * ms));
  builder.with_site("coroutine", "price.cpp", 17).with_task(created_at(103 * ms).ran(103 * ms, 7));
  for (std::uint64_t task = 2; task <= 24; ++task) builder.with_await(task, 25, 131 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(evidence(findings[0], "never_finished"), 0);
  EXPECT_EQ(evidence(findings[0], "not_judged_yet"), 23);
}

TEST(FireAndForget, IsNobodyWhoIsAwaited) {
  TraceBuilder builder = request().with_tasks(23, every(ms), entry(103 * ms).failed_at(203 * ms));
  builder.with_site("coroutine", "main.cpp", 17).with_task(created_at(0).ran(0, 1000));
  const std::uint64_t joiner = builder.last_task();
  // A group joins them, most of them when they are over.
  for (std::uint64_t task = 2; task <= 24; ++task) builder.with_await(joiner, task, 211 * ms, 223 * ms);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(FireAndForget, IsNobodyWhoEndsBeforeItsCreator) {
  EXPECT_THAT(detect(request().with_tasks(23, every(ms), entry(103 * ms).failed_at(107 * ms)).build()),
              IsEmpty());
}

TEST(FireAndForget, IsNobodyWhoseCreatorRunsOn) {
  EXPECT_THAT(detect(a_trace()
                         .lasting(1009 * ms)
                         .with_site("coroutine", "accept.cpp", 11, 0, "accept")
                         .with_task(created_at(ms).ran(ms, 1000))
                         .with_site("coroutine", "session.cpp", 13, 0, "session")
                         .with_tasks(23, every(ms),
                                     created_at(103 * ms).child_of(1).ran(103 * ms, 7).failed_at(211 * ms))
                         .build()),
              IsEmpty());
}

TEST(FireAndForget, IsNobodyWhomMainOrACallbackStarts) {
  EXPECT_THAT(
      detect(a_trace()
                 .lasting(1009 * ms)
                 .with_site("uv_timer", "start.cpp", 11)
                 .with_task(created_at(ms).ran(2 * ms, ms).finished_at(3 * ms))
                 .with_site("coroutine", "session.cpp", 13)
                 .with_tasks(23, every(ms), created_at(2 * ms).child_of(1).ran(2 * ms, 7).failed_at(211 * ms))
                 .with_tasks(23, every(ms), created_at(2 * ms).ran(2 * ms, 7).failed_at(211 * ms))
                 .build()),
      IsEmpty());
}

TEST(FireAndForget, IsNobodyOfAPlaceThatIsMeantSo) {
  TraceBuilder builder = a_trace().lasting(1009 * ms);
  builder.with_site("coroutine", "serve.cpp", 11, 0, "serve")
      .with_task(created_at(101 * ms).ran(101 * ms, 1000).finished_at(151 * ms))
      .with_site("coroutine", "audit.cpp", 13, model::kDetached, "audit")
      .with_tasks(23, every(ms), entry(103 * ms).failed_at(203 * ms));
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(FireAndForget, IsNotAFewWorkers) {
  EXPECT_THAT(detect(request().with_tasks(7, every(ms), entry(103 * ms)).build()), IsEmpty());
}

TEST(FireAndForget, DoesNotBlameTheYoung) {
  const auto findings =
      detect(a_trace()
                 .lasting(1009 * ms)
                 .with_site("coroutine", "serve.cpp", 11, 0, "serve")
                 .with_task(created_at(901 * ms).ran(901 * ms, 1000).finished_at(1003 * ms))
                 .with_site("coroutine", "audit.cpp", 13, 0, "audit")
                 .with_tasks(23, every(ms), created_at(953 * ms).child_of(1).ran(953 * ms, 7))
                 .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(evidence(findings[0], "not_judged_yet"), 23);
}

TEST(FireAndForget, IsNotSureWhereEventsWereLost) {
  const auto findings = detect(request()
                                   .with_tasks(23, every(ms), entry(103 * ms).failed_at(203 * ms))
                                   .with_loss("no free chunk in the pool", 101)
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("Not enough evidence"));
}

TEST(FireAndForget, SurvivesParentsThatAreEachOthersAndAbsurdTimes) {
  TraceBuilder builder = a_trace().lasting(kSecond).with_site("coroutine", "a.cpp", 1);
  builder.with_task(created_at(INT64_MIN).child_of(2).ran(0, 1).failed_at(INT64_MAX - 1))
      .with_task(created_at(INT64_MAX - 1).child_of(1).ran(0, 1).failed_at(INT64_MIN + 1));
  detect(builder.build());
  EXPECT_THAT(detect(Trace{}), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
