#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/trace_builder.h"
#include "viewer/view/task_spans.h"

namespace loopscope::view {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using loopscope::testing::every;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Time> begins(const TaskSpans& found) {
  std::vector<Time> times;
  for (const TaskSpan& span : found.spans) times.push_back(span.begin);
  return times;
}

// A trace whose only row of spans is made by hand.
struct OneRow {
  model::Trace trace = a_trace().lasting(100 * kSecond).with_site("job").build();
  model::IntervalRow row;

  model::TaskIndex task(Time created, std::uint32_t spans) {
    const model::TaskIndex task = trace.tasks.add(trace.tasks.size() + 1, created, model::kNoTask, 1);
    trace.tasks.set_spans(task, spans, spans);
    return task;
  }
  TaskSpans search(model::TaskIndex task, const SpanSearch& limits = {}) {
    model::IntervalRow finished = row;
    finished.finish();
    trace.timeline.kept = true;
    trace.timeline.threads.clear();
    trace.timeline.threads.emplace_back().spans.push_back(std::move(finished));
    return spans_of_task(trace, task, limits, {});
  }
};

TEST(TaskSpans, AreFoundAmongThoseOfAllThreads) {
  const model::Trace trace =
      a_trace()
          .lasting(10 * kSecond)
          .with_site("job", "job.cpp", 7)
          .with_loop("libuv", "", "main")
          .with_task(
              created_at(1 * kSecond).finished_at(9 * kSecond).ran(2 * kSecond, 13).ran(5 * kSecond, 17))
          .with_tasks(101, every(50 * kMillisecond), created_at(0).ran(7, 11))
          .with_loop("libuv", "", "worker")
          .with_tasks(97, every(50 * kMillisecond), created_at(1).ran(23, 11))
          .build();
  const TaskSpans found = spans_of_task(trace, trace.tasks.find(1), {}, {});
  EXPECT_THAT(begins(found), ElementsAre(2 * kSecond, 5 * kSecond));
  EXPECT_EQ(found.spans[1].duration, 17);
  EXPECT_EQ(found.spans[0].thread, 0u);
  EXPECT_TRUE(found.all);
  const TaskSpans of_worker = spans_of_task(trace, trace.tasks.find(103), {}, {});
  ASSERT_EQ(of_worker.spans.size(), 1u);
  EXPECT_EQ(of_worker.spans[0].thread, 1u);
}

TEST(TaskSpans, OfABlockingCallAreAmongTheCalls) {
  const model::Trace trace = a_trace()
                                 .with_loop()
                                 .with_site("fsync", "store.cpp", 7, model::kBlocking)
                                 .with_task(created_at(23).ran(23, 101 * kMillisecond))
                                 .build();
  EXPECT_THAT(begins(spans_of_task(trace, 0, {}, {})), ElementsAre(23));
}

TEST(TaskSpans, OfATaskThatNeverRanCostNothing) {
  OneRow made;
  const model::TaskIndex idle = made.task(0, 0);
  for (int at = 0; at < 1009; ++at) made.row.add(at * kMillisecond, 7, 1);
  EXPECT_EQ(made.search(idle).steps, 0u);
  EXPECT_TRUE(made.search(idle).all);
}

TEST(TaskSpans, StopWhenAllAreFound) {
  OneRow made;
  const model::TaskIndex task = made.task(0, 1);
  made.row.add(10, 7, task);
  for (int at = 1; at < 100'003; ++at) made.row.add(at * kMillisecond, 7, 99);
  const TaskSpans found = made.search(task);
  EXPECT_THAT(begins(found), ElementsAre(10));
  EXPECT_LT(found.steps, 100u) << "what comes after the first stretch is not looked at";
}

TEST(TaskSpans, AreBoundedInNumberAndSaySo) {
  OneRow made;
  const model::TaskIndex task = made.task(0, 5003);
  for (int at = 0; at < 5003; ++at) made.row.add(at * kMillisecond, 7, task);
  const TaskSpans found = made.search(task);
  ASSERT_EQ(found.spans.size(), 1000u);
  EXPECT_EQ(found.spans.back().begin, 999 * kMillisecond) << "the first ones";
  EXPECT_FALSE(found.all);
}

TEST(TaskSpans, AreBoundedInStepsAndSaySo) {
  OneRow made;
  const model::TaskIndex task = made.task(0, 1);
  for (int at = 0; at < 100'003; ++at) made.row.add(at * 10 * kMicrosecond, 7, 99);
  made.row.add(2 * kSecond, 7, task);
  const TaskSpans cut = made.search(task, {1000, 5000});
  EXPECT_THAT(cut.spans, IsEmpty());
  EXPECT_FALSE(cut.all);
  EXPECT_LE(cut.steps, 5001u);
  EXPECT_THAT(begins(made.search(task)), ElementsAre(2 * kSecond));
}

TEST(TaskSpans, AreThoseAmongTheLongestWithoutATimeline) {
  model::Trace trace =
      a_trace().with_site("job").with_task(created_at(0).ran(5, 7).ran(50, 70).ran(500, 3)).build();
  trace.timeline = {};
  EXPECT_THAT(begins(spans_of_task(trace, 0, {}, {})), ElementsAre(5, 50, 500));
  EXPECT_TRUE(spans_of_task(trace, 0, {}, {}).all);
  trace.longest_spans.pop_back();
  EXPECT_THAT(begins(spans_of_task(trace, 0, {}, {})), ElementsAre(5, 50));
  EXPECT_FALSE(spans_of_task(trace, 0, {}, {}).all);
}

TEST(TaskSpans, SurviveTimesAtTheEndsOfTheClock) {
  OneRow made;
  made.trace.begin = INT64_MIN;
  made.trace.end = INT64_MAX;
  const model::TaskIndex task = made.task(INT64_MIN, 2);
  made.row.add(INT64_MIN, 1, task);
  made.row.add(0, 7, task);
  EXPECT_EQ(made.search(task).spans.size(), 2u);
  EXPECT_THAT(made.search(4711).spans, IsEmpty());
}

TEST(QueueOfTask, IsFromReadyOrCreationToTheFirstSpan) {
  OneRow made;
  const model::TaskIndex created = made.task(100, 1);
  const model::TaskIndex ready = made.task(100, 1);
  const model::TaskIndex never = made.task(100, 0);
  made.row.add(1000, 7, created);
  made.row.add(2000, 7, ready, 512);
  ASSERT_EQ(made.search(ready).spans.size(), 1u);
  EXPECT_EQ(queue_of_task(made.trace, created, 100), 900);
  EXPECT_NEAR(static_cast<double>(queue_of_task(made.trace, ready, 100).value_or(0)), 512, 2);
  EXPECT_EQ(queue_of_task(made.trace, never, 100), std::nullopt);
  EXPECT_EQ(queue_of_task(made.trace, ready, 1), std::nullopt) << "not found in so few steps";
  EXPECT_EQ(queue_of_task(made.trace, 4711, 100), std::nullopt);
}

}  // namespace
}  // namespace loopscope::view
