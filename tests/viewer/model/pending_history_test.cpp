#include "viewer/model/pending_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/trace_builder.h"

namespace loopscope::model {
namespace {

using testing::a_trace;
using testing::created_at;
using testing::every;

std::uint64_t naive_pending(const Trace& trace, Time at, SiteIndex site = UINT32_MAX) {
  std::uint64_t pending = 0;
  for (TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    if (site != UINT32_MAX && trace.tasks.site(task) != site) continue;
    pending += trace.tasks.created(task) <= at && PendingHistory::finish_of(trace.tasks, task) > at;
  }
  return pending;
}

// Tasks that live from nothing to a tenth of the trace, one in 11 to its end.
Trace random_trace(std::size_t tasks, Nanos length, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto builder = a_trace().lasting(length);
  const auto whole = static_cast<std::uint64_t>(length);
  builder.with_site("uv_timer", "random.cpp", 11);
  for (std::size_t i = 0; i < tasks; ++i) {
    const auto created = static_cast<Time>(random() % whole);
    auto task = created_at(created);
    if (random() % 11 != 0) {
      task = task.finished_at(std::min<Time>(created + static_cast<Nanos>(random() % (whole / 10)), length));
    }
    builder.with_task(task);
  }
  return builder.build();
}

TEST(PendingHistory, CountsWhatIsPendingAtAnInstant) {
  const Trace trace = a_trace()
                          .lasting(10 * kSecond)
                          .with_site("uv_timer", "a.cpp", 3)
                          .with_tasks(7, every(kSecond), created_at(0).finished_at(2 * kSecond))
                          .build();
  const PendingHistory& history = trace.timeline.pending;
  EXPECT_EQ(history.created_by(trace.tasks, -1), 0U);
  EXPECT_EQ(history.created_by(trace.tasks, 0), 1U);
  EXPECT_EQ(history.finished_by(trace.tasks, 2 * kSecond - 1), 0U);
  EXPECT_EQ(history.finished_by(trace.tasks, 2 * kSecond), 1U);
  EXPECT_EQ(history.pending_at(trace.tasks, 2 * kSecond - 1), 2U);
  EXPECT_EQ(history.pending_at(trace.tasks, kNever), 0U);
  EXPECT_EQ(history.finished(), 7U);
  EXPECT_EQ(history.finished_task(6), 6U);
}

TEST(PendingHistory, AgreesWithAScan) {
  for (const Nanos length : {Nanos{101}, Nanos{70'001}, 97 * kMillisecond, 10 * 3'600 * kSecond}) {
    const Trace trace = random_trace(1'499, length, static_cast<std::uint64_t>(length));
    const PendingHistory& history = trace.timeline.pending;
    std::mt19937_64 random(13);
    for (int i = 0; i < 53; ++i) {
      const auto at = static_cast<Time>(random() % static_cast<std::uint64_t>(length + 2)) - 1;
      ASSERT_EQ(history.pending_at(trace.tasks, at), naive_pending(trace, at)) << at << " of " << length;
    }
  }
}

TEST(PendingHistory, ExtentIsNeverTooNarrow) {
  const Nanos length = 97 * kMillisecond;
  const Trace trace = random_trace(1'009, length, 5);
  const PendingHistory& history = trace.timeline.pending;
  std::mt19937_64 random(17);
  for (int i = 0; i < 41; ++i) {
    const auto from = static_cast<Time>(random() % static_cast<std::uint64_t>(length));
    const Time to = from + 1 + static_cast<Nanos>(random() % (i % 2 == 0 ? 5'003 : 5'000'011));
    std::uint64_t least = naive_pending(trace, from);
    std::uint64_t most = least;
    for (TaskIndex task = 0; task < trace.tasks.size(); ++task) {
      for (const Time at : {trace.tasks.created(task), trace.tasks.finished(task)}) {
        if (at <= from || at >= to) continue;
        least = std::min(least, naive_pending(trace, at));
        most = std::max(most, naive_pending(trace, at));
      }
    }
    const PendingHistory::Extent extent = history.extent(trace.tasks, from, to);
    ASSERT_LE(extent.least, least) << from << " to " << to;
    ASSERT_GE(extent.most, most) << from << " to " << to;
    // The slices at both ends are all that it may be wider by.
    ASSERT_LE(extent.most, most + 2) << from << " to " << to;
    ASSERT_GE(extent.least + 2, least) << from << " to " << to;
  }
}

TEST(PendingHistory, ExtentOfAQuietStretchIsExact) {
  const Trace trace = a_trace()
                          .lasting(10 * kSecond)
                          .with_site("uv_timer", "a.cpp", 3)
                          .with_tasks(23, every(10), created_at(0).finished_at(1'000))
                          .build();
  const PendingHistory& history = trace.timeline.pending;
  using Extent = PendingHistory::Extent;
  EXPECT_EQ(history.extent(trace.tasks, 5, 10), (Extent{1, 1}));
  EXPECT_EQ(history.extent(trace.tasks, 5, 31), (Extent{1, 4}));
  EXPECT_EQ(history.extent(trace.tasks, 230, 1'000), (Extent{23, 23}));
  EXPECT_EQ(history.extent(trace.tasks, 230, 1'001), (Extent{22, 23}));
  EXPECT_EQ(history.extent(trace.tasks, 2 * kSecond, 9 * kSecond), (Extent{0, 0}));
  EXPECT_EQ(history.extent(trace.tasks, 0, 10 * kSecond), (Extent{0, 23}));
}

TEST(PendingHistory, CountsBySite) {
  auto builder = a_trace().lasting(10 * kSecond);
  builder.with_site("uv_timer", "a.cpp", 3);
  builder.with_tasks(1'009, every(kMillisecond), created_at(0).finished_at(kSecond));
  builder.with_site("uv_fs", "b.cpp", 7);
  builder.with_tasks(211, every(7 * kMillisecond), created_at(3));
  const Trace trace = builder.build();
  for (const Time at : {Time{-1}, Time{0}, 500 * kMillisecond, 1'700 * kMillisecond, 10 * kSecond}) {
    std::vector<std::uint64_t> by_site = trace.timeline.pending.pending_by_site_at(trace.tasks, at);
    by_site.resize(3);
    EXPECT_EQ(by_site[0], 0U);
    EXPECT_EQ(by_site[1], naive_pending(trace, at, 1)) << at;
    EXPECT_EQ(by_site[2], naive_pending(trace, at, 2)) << at;
  }
}

TEST(PendingHistory, DrawsTheCurveOfASite) {
  auto builder = a_trace().lasting(10 * kSecond);
  builder.with_site("uv_timer", "a.cpp", 3);
  builder.with_tasks(997, every(10 * kMillisecond), created_at(0));
  builder.with_site("uv_fs", "b.cpp", 7);
  const Trace trace = builder.build();
  const PendingHistory& history = trace.timeline.pending;
  const std::vector<std::uint64_t> curve = history.curve_of_site(1, 0, 10 * kSecond, 10);
  ASSERT_EQ(curve.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    const auto at = static_cast<Time>(i + 1) * kSecond;
    EXPECT_NEAR(static_cast<double>(curve[i]), static_cast<double>(naive_pending(trace, at, 1)), 8.0) << i;
  }
  EXPECT_EQ(curve.back(), 997U);
  EXPECT_EQ(history.curve_of_site(2, 0, 10 * kSecond, 3), (std::vector<std::uint64_t>{0, 0, 0}));
  EXPECT_EQ(history.curve_of_site(4'711, 0, 10 * kSecond, 2), (std::vector<std::uint64_t>{0, 0}));
  EXPECT_TRUE(history.curve_of_site(1, 0, 10 * kSecond, 0).empty());
}

TEST(PendingHistory, TakesAFinishBeforeItsCreationAsNoTime) {
  const Trace trace = a_trace()
                          .lasting(kSecond)
                          .with_site("uv_timer", "a.cpp", 3)
                          .with_task(created_at(500).finished_at(100))
                          .with_task(created_at(200).finished_at(900))
                          .build();
  const PendingHistory& history = trace.timeline.pending;
  EXPECT_EQ(history.pending_at(trace.tasks, 150), 0U);
  EXPECT_EQ(history.pending_at(trace.tasks, 300), 1U);
  EXPECT_EQ(history.pending_at(trace.tasks, 500), 1U);
  EXPECT_EQ(history.pending_at(trace.tasks, 900), 0U);
}

TEST(PendingHistory, KnowsWhatComesAfterTheExpectedEnd) {
  TaskTable tasks;
  PendingHistory history;
  history.start(0, 1'000, 2);
  tasks.add(1, 500, kNoTask, 3);
  history.task_created(3, 500);
  tasks.add(2, 7'000, kNoTask, 3);
  history.task_created(3, 7'000);
  tasks.set_finished(0, 9'000, Outcome::ok);
  history.task_finished(0, 3, 9'000);
  history.finish(tasks);
  EXPECT_EQ(history.pending_at(tasks, 6'999), 1U);
  EXPECT_EQ(history.pending_at(tasks, 7'000), 2U);
  EXPECT_EQ(history.pending_at(tasks, 9'000), 1U);
  EXPECT_EQ(history.extent(tasks, 6'000, 8'000), (PendingHistory::Extent{1, 2}));
  EXPECT_EQ(history.pending_by_site_at(tasks, 8'000), (std::vector<std::uint64_t>{0, 0, 0, 2}));
}

TEST(PendingHistory, NeedsNoTruePromiseOfHowManyTasksThereAre) {
  for (const std::uint64_t promised : {std::uint64_t{0}, std::uint64_t{1'000'003}}) {
    TaskTable tasks;
    PendingHistory history;
    history.start(0, kSecond, promised);
    for (TaskIndex task = 0; task < 100'003; ++task) {
      const Time at = static_cast<Time>(task) * 10;
      tasks.add(task + 1, at, kNoTask, task % 7);
      history.task_created(task % 7, at);
    }
    history.finish(tasks);
    const std::vector<std::uint64_t> half = history.pending_by_site_at(tasks, 500'000);
    ASSERT_EQ(half.size(), 7U);
    EXPECT_EQ(half[0], 7'143U) << promised;  // of the first 50,001
    EXPECT_EQ(half[6], 7'143U) << promised;
    EXPECT_EQ(history.curve_of_site(0, 0, kSecond, 1), (std::vector<std::uint64_t>{14'287})) << promised;
  }
}

}  // namespace
}  // namespace loopscope::model
