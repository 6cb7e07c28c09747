#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::kSubscription;
using model::Trace;
using testing::a_trace;
using testing::created_at;
using ::testing::DoubleNear;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const Trace& trace) { return growing_backlog(trace, Limits{}); }

// A queue that gets a task every `period` and finishes one every `service`, in order.
void queue(testing::TraceBuilder& trace, std::size_t count, Nanos period, Nanos service, Time end) {
  Time free = 0;
  for (std::size_t number = 0; number < count; ++number) {
    const Time created = static_cast<Time>(number) * period;
    free = std::max(free, created) + service;
    trace.with_task(free < end ? created_at(created).finished_at(free) : created_at(created));
  }
}

TEST(GrowingBacklog, IsReportedWhenTasksComeFasterThanTheyFinish) {
  auto builder = a_trace();
  builder.with_site("uv_work", "jobs.c", 12, 0, "enqueue");
  queue(builder, 997, 10 * ms, 13 * ms, 10 * kSecond);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& backlog = findings[0];
  EXPECT_EQ(backlog.detector, "growing-backlog");
  EXPECT_EQ(backlog.severity, Severity::warning);
  EXPECT_EQ(backlog.site, 1u);
  // 100 come and 77 go in a second.
  EXPECT_THAT(evidence(backlog, "growth_rate"), DoubleNear(23, 1));
  EXPECT_THAT(evidence(backlog, "created_rate"), DoubleNear(99.7, 0.1));
  EXPECT_THAT(evidence(backlog, "finished_rate"), DoubleNear(76.9, 0.1));
  EXPECT_EQ(evidence(backlog, "pending_at_end"), 228);
  EXPECT_THAT(backlog.tasks, SizeIs(kMaxExamples));
}

TEST(GrowingBacklog, IsNotReportedWhenTasksFinishInTime) {
  auto builder = a_trace();
  builder.with_site("uv_work", "jobs.c", 12);
  queue(builder, 997, 10 * ms, 9 * ms, 10 * kSecond);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(GrowingBacklog, IsNotALeak) {
  // Every tenth is leaked: leaked-task says so, and the rest shows no trend.
  auto builder = a_trace();
  builder.with_site("uv_timer", "t.c", 12)
      .with_tasks(907, every(11 * ms), created_at(0).finished_at(2 * ms))
      .with_tasks(101, every(97 * ms), created_at(0));
  EXPECT_THAT(detect(builder.build()), IsEmpty());
  EXPECT_THAT(leaked_task(builder.build(), Limits{}), SizeIs(1));
}

TEST(GrowingBacklog, IsNotAStartUpRampThatLevelsOut) {
  // 101 clients come within two seconds, and each has one request of 1 s after another.
  auto builder = a_trace();
  builder.with_site("request", "r.c", 12);
  for (int client = 0; client < 101; ++client) {
    const Time start = client * 20 * ms;
    builder.with_tasks(11, every(kSecond), created_at(start).finished_at(start + kSecond));
  }
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(GrowingBacklog, IsNotASawtoothThatDrains) {
  auto builder = a_trace();
  builder.with_site("batch", "b.c", 12);
  for (int batch = 0; batch < 13; ++batch) {
    const Time start = batch * 761 * ms;
    for (int task = 0; task < 97; ++task) {
      builder.with_task(created_at(start + task * 5 * ms).finished_at(start + 751 * ms));
    }
  }
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(GrowingBacklog, IsNotABacklogThatDrainsBeforeTheEnd) {
  auto builder = a_trace();
  builder.with_site("job", "j.c", 12);
  for (int task = 0; task < 701; ++task)
    builder.with_task(created_at(task * 10 * ms).finished_at(8 * kSecond + task));
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(GrowingBacklog, SurvivesTheExitThatCancelsEverything) {
  auto builder = a_trace();
  builder.with_site("job", "j.c", 12);
  Time free = 0;
  for (int task = 0; task < 997; ++task) {
    free += 13 * ms;
    const auto job = created_at(task * 10 * ms);
    builder.with_task(free < 9990 * ms ? job.finished_at(free) : job.cancelled_at(9990 * ms));
  }
  EXPECT_THAT(detect(builder.build()), SizeIs(1));
}

TEST(GrowingBacklog, SeesSubscriptionsThatPileUp) {
  const auto findings = detect(a_trace()
                                   .with_site("uv_signal", "s.c", 12, kSubscription)
                                   .with_tasks(199, every(50 * ms), created_at(0))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].advice, HasSubstr("Subscriptions are added and not removed"));
}

TEST(GrowingBacklog, LetsAServerGatherConnections) {
  EXPECT_THAT(detect(a_trace()
                         .with_site("uv_read", "s.c", 12, kSubscription)
                         .with_tasks(89, every(100 * ms), created_at(0))
                         .build()),
              IsEmpty());
}

TEST(GrowingBacklog, IsCriticalWithAThousandMore) {
  auto builder = a_trace();
  builder.with_site("uv_work", "jobs.c", 12);
  queue(builder, 4999, 2 * ms, 3 * ms, 10 * kSecond);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::critical);
}

TEST(GrowingBacklog, HasNotEnoughEvidenceInAShortTrace) {
  auto builder = a_trace();
  builder.lasting(199 * ms).with_site("uv_work", "jobs.c", 12);
  queue(builder, 199, 1 * ms, 2 * ms, 199 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
}

TEST(GrowingBacklog, SurvivesAbsurdTimes) {
  EXPECT_THAT(detect(a_trace()
                         .with_site("job", "j.c", 1)
                         .with_tasks(101, every(0), created_at(INT64_MIN).finished_at(kNever - 1))
                         .with_tasks(101, every(0), created_at(INT64_MAX - 1))
                         .build()),
              IsEmpty());
  EXPECT_THAT(detect(Trace{}), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
