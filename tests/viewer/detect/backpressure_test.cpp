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
using Points = std::vector<std::pair<Time, double>>;

std::vector<Finding> detect(const Trace& trace) { return backpressure(trace, Limits{}); }

// Written every `period`, taken one every `service`, in order.
void writes(testing::TraceBuilder& trace, std::size_t count, Nanos period, Nanos service, Time end) {
  Time free = 0;
  for (std::size_t number = 0; number < count; ++number) {
    const Time created = static_cast<Time>(number) * period;
    free = std::max(free, created) + service;
    trace.with_task(free < end ? created_at(created).finished_at(free) : created_at(created));
  }
}

// A value every `period`, up by `up` each time, and down by `down` each third time.
Points gauge(std::size_t count, Nanos period, double up, double down) {
  Points points;
  double value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value += i % 3 == 2 ? -down : up;
    points.emplace_back(static_cast<Time>(i) * period, value);
  }
  return points;
}

TEST(Backpressure, IsReportedWhenWritesAreStartedFasterThanTheyAreTaken) {
  auto builder = a_trace();
  builder.with_site("uv_write", "feed.c", 12, 0, "push");
  writes(builder, 997, 10 * ms, 13 * ms, 10 * kSecond);
  const Trace trace = builder.build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.detector, "backpressure");
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_EQ(found.site, 1u);
  EXPECT_EQ(found.title, "uv_write tasks are started faster than they are taken: 100 against 77 a second");
  EXPECT_THAT(evidence(found, "started_rate"), DoubleNear(99.7, 0.1));
  EXPECT_THAT(evidence(found, "finished_rate"), DoubleNear(76.9, 0.1));
  EXPECT_THAT(evidence(found, "growth_rate"), DoubleNear(23, 1));
  EXPECT_EQ(evidence(found, "pending_at_end"), 228);
  EXPECT_GT(evidence(found, "trend_confidence"), 99.9);
  EXPECT_THAT(found.advice, HasSubstr("uv_stream_get_write_queue_size"));
  EXPECT_THAT(found.tasks, SizeIs(kMaxExamples));
  EXPECT_THAT(growing_backlog(trace, Limits{}), IsEmpty()) << "one cause, one finding";
}

TEST(Backpressure, LeavesOtherTasksToGrowingBacklog) {
  auto builder = a_trace();
  builder.with_site("uv_work", "jobs.c", 12);
  writes(builder, 997, 10 * ms, 13 * ms, 10 * kSecond);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
  EXPECT_THAT(growing_backlog(builder.build(), Limits{}), SizeIs(1));
}

TEST(Backpressure, IsNotReportedWhereTheProducerWaits) {
  // Never more than 31 on the way: a high-water mark.
  auto builder = a_trace();
  builder.with_site("uv_write", "feed.c", 12);
  for (int number = 0; number < 763; ++number) {
    const Time created = std::max(0, number - 31) * 13 * ms;
    builder.with_task(created_at(created).finished_at(std::min(number + 1, 763) * 13 * ms));
  }
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(Backpressure, LetsABufferedWriterOfALibraryBe) {
  EXPECT_THAT(detect(a_trace()
                         .with_site("bufferevent_write", "s.c", 12, kSubscription)
                         .with_tasks(199, every(50 * ms), created_at(0))
                         .build()),
              IsEmpty());
}

TEST(Backpressure, SeesAGaugeThatGrowsAndFalls) {
  // 101 values, 7 up twice and 4 down: 10 in 303 ms.
  const auto findings = detect(a_trace().with_gauge("inbox", "messages", gauge(101, 97 * ms, 7, 4)).build());
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_FALSE(found.candidate);
  EXPECT_THAT(found.title, HasSubstr("Gauge \"inbox\" keeps growing"));
  EXPECT_EQ(evidence(found, "values"), 101);
  EXPECT_EQ(evidence(found, "at_end"), 7 * 68 - 4 * 33);
  EXPECT_THAT(evidence(found, "rises"), DoubleNear(67 * 7 / 10.0, 0.1));
  EXPECT_THAT(evidence(found, "falls"), DoubleNear(33 * 4 / 10.0, 0.1));
  EXPECT_THAT(evidence(found, "growth_rate"), DoubleNear(344 / 10.0, 0.5));
}

TEST(Backpressure, TakesANumberThatNeverFallsForACounter) {
  const auto findings = detect(a_trace().with_gauge("served", "requests", gauge(101, 97 * ms, 7, 0)).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_TRUE(findings[0].candidate);
  EXPECT_THAT(findings[0].advice, HasSubstr("counter"));
}

TEST(Backpressure, CountsBytesByTheirUnit) {
  EXPECT_THAT(detect(a_trace().with_gauge("out", "bytes", gauge(101, 97 * ms, 701, 401)).build()), IsEmpty());
  const auto findings = detect(a_trace().with_gauge("out", "kB", gauge(101, 97 * ms, 701, 401)).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "at_end"), (701 * 68 - 401 * 33) * 1000.0);
}

TEST(Backpressure, LetsOtherGaugesBe) {
  const auto level = [](double from, double to) {
    Points points;
    for (int i = 0; i < 101; ++i) points.emplace_back(i * 97 * ms, i % 2 ? from : to);
    return points;
  };
  Points ramp;  // fills up in the first second, and stays
  for (int i = 0; i < 101; ++i) ramp.emplace_back(i * 97 * ms, std::min(i, 11) * 13.0 + i % 2);
  Points drained = gauge(101, 97 * ms, 7, 4);
  for (std::size_t i = 0; i < 31; ++i) drained[70 + i].second = 3;
  EXPECT_THAT(detect(a_trace()
                         .with_gauge("queue", "tasks", level(3, 97))
                         .with_gauge("connections", "", ramp)
                         .with_gauge("batch", "jobs", drained)
                         .with_gauge("latency", "ms", gauge(101, 97 * ms, 7, 4))
                         .with_gauge("cpu", "%", gauge(101, 97 * ms, 7, 4))
                         .with_gauge("rate", "1/s", gauge(101, 97 * ms, 7, 4))
                         .with_gauge("few", "tasks", gauge(7, 97 * ms, 700, 4))
                         .with_gauge("early", "tasks", gauge(31, 97 * ms, 70, 4))
                         .build()),
              IsEmpty());
}

TEST(Backpressure, HasNotEnoughEvidenceInAShortTrace) {
  auto builder = a_trace();
  builder.lasting(199 * ms).with_site("uv_write", "feed.c", 12);
  writes(builder, 199, 1 * ms, 2 * ms, 199 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("Not enough evidence"));
}

TEST(Backpressure, SurvivesAbsurdTraces) {
  auto builder = a_trace();
  builder.with_gauge("none", "", {})
      .with_gauge("odd", "tasks", Points(11, {INT64_MIN, 1e308}))
      .with_gauge("late", "tasks", Points(11, {INT64_MAX, -1e308}))
      .with_gauge("nan", "tasks", Points(11, {0, std::nan("")}));
  builder.raw().gauges.back().number.pop_back();
  builder.with_site("uv_write", "f.c", 1)
      .with_tasks(101, every(0), created_at(INT64_MIN).finished_at(kNever - 1))
      .with_tasks(101, every(0), created_at(INT64_MAX - 1));
  EXPECT_THAT(detect(builder.build()), IsEmpty());
  EXPECT_THAT(detect(Trace{}), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
