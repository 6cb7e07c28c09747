#include "viewer/model/task_table.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace loopscope::model {
namespace {

TEST(TaskTable, FindsTasksOfInterleavedThreadBlocks) {
  TaskTable tasks;
  for (std::uint64_t i = 0; i < 5003; ++i) {
    const std::uint64_t block = i % 3 * 7 + i / 3 / 1024 * 21;
    tasks.add(block * 1024 + i / 3 % 1024, static_cast<Time>(i), kNoTask, 0);
  }
  for (TaskIndex task = 0; task < tasks.size(); ++task) ASSERT_EQ(tasks.find(tasks.id(task)), task);
  EXPECT_EQ(tasks.find(1'000'000), kNoTask);
}

TEST(TaskTable, FindsNumbersFromTheWholeRangeWithoutMemoryForTheGaps) {
  TaskTable tasks;
  std::mt19937_64 random(23);
  std::set<std::uint64_t> numbers{1, UINT64_MAX, std::uint64_t{1} << 60};
  while (numbers.size() < 20011) numbers.insert(random());
  for (const std::uint64_t number : numbers) tasks.add(number, 0, kNoTask, 0);
  for (TaskIndex task = 0; task < tasks.size(); ++task) ASSERT_EQ(tasks.find(tasks.id(task)), task);
  EXPECT_EQ(tasks.find(2), kNoTask);
}

TEST(TaskTable, KeepsFindingAfterACopy) {
  TaskTable tasks;
  tasks.add(7, 0, kNoTask, 0);
  const TaskTable copy = tasks;
  tasks.add(8, 0, kNoTask, 0);
  EXPECT_EQ(copy.find(7), 0u);
  EXPECT_EQ(copy.find(8), kNoTask);
}

TEST(TaskTable, RemembersLifeAndSpans) {
  TaskTable tasks;
  const TaskIndex parent = tasks.add(1, 10, kNoTask, 3);
  const TaskIndex child = tasks.add(2, 20, parent, 4);
  tasks.add_span(child, 7);
  tasks.add_span(child, 4);
  tasks.set_finished(child, 31, Outcome::error);
  EXPECT_TRUE(tasks.pending(parent));
  EXPECT_EQ(tasks.finished(parent), kNever);
  EXPECT_EQ(tasks.parent(child), parent);
  EXPECT_EQ(tasks.site(child), 4u);
  EXPECT_EQ(tasks.run_ns(child), 11);
  EXPECT_EQ(tasks.spans(child), 2u);
  EXPECT_EQ(tasks.outcome(child), Outcome::error);
}

TEST(TaskTable, KeepsNumbersThatDoNotFitItsRecords) {
  TaskTable tasks;
  constexpr Time kLong = Time{1} << 57;
  std::vector<Time> created;
  for (std::uint64_t i = 0; i < 211; ++i) {
    // Every 7th jumps far, every 11th back before the first.
    created.push_back(i % 7 == 3 ? kLong - static_cast<Time>(i) : i % 11 == 5 ? -static_cast<Time>(i) : 23);
    const std::uint64_t id = i % 5 == 0 ? UINT64_MAX - i : UINT32_MAX - 103 + i;
    ASSERT_EQ(tasks.add(id, created.back(), kNoTask, TaskTable::kMaxSite), i);
    ASSERT_EQ(tasks.id(static_cast<TaskIndex>(i)), id);
  }
  for (TaskIndex task = 0; task < tasks.size(); ++task) {
    EXPECT_EQ(tasks.created(task), created[task]);
    EXPECT_TRUE(tasks.pending(task));
    for (const Nanos life :
         {Nanos{-5}, Nanos{0}, Nanos{UINT32_MAX} - 2, Nanos{UINT32_MAX} - 1, Nanos{UINT32_MAX}}) {
      if (task % 5 != static_cast<std::uint64_t>(life) % 5) continue;
      EXPECT_EQ(tasks.set_finished(task, created[task] + life, Outcome::abandoned), life);
      EXPECT_EQ(tasks.finished(task), created[task] + life);
      EXPECT_FALSE(tasks.pending(task));
      EXPECT_EQ(tasks.outcome(task), Outcome::abandoned);
    }
    tasks.add_span(task, UINT32_MAX - 17);
    EXPECT_EQ(tasks.run_ns(task), UINT32_MAX - 17);
    for (int i = 0; i < 31; ++i) tasks.add_span(task, 1);
    EXPECT_EQ(tasks.run_ns(task), Nanos{UINT32_MAX} + 14);
    tasks.add_span(task, kNever);
    EXPECT_EQ(tasks.run_ns(task), kNever) << "saturates";
    EXPECT_EQ(tasks.spans(task), 33u);
    EXPECT_EQ(tasks.site(task), TaskTable::kMaxSite);
  }
}

TEST(TaskTable, KnowsTheBytesOfSome) {
  TaskTable tasks;
  for (std::uint64_t i = 0; i < 211; ++i) tasks.add(i + 1, 0, kNoTask, 0);
  EXPECT_EQ(tasks.bytes(0), std::nullopt);
  EXPECT_EQ(tasks.bytes(210), std::nullopt);
  EXPECT_TRUE(tasks.add_bytes(101, 0));
  EXPECT_FALSE(tasks.add_bytes(101, 23));
  EXPECT_TRUE(tasks.add_bytes(102, 0));
  EXPECT_TRUE(tasks.add_bytes(3, UINT64_MAX));
  EXPECT_FALSE(tasks.add_bytes(3, 1));
  EXPECT_EQ(tasks.bytes(101), 23u);
  EXPECT_EQ(tasks.bytes(102), 0u);
  EXPECT_EQ(tasks.bytes(3), std::uint64_t{INT64_MAX} - 1) << "saturates";
  for (const TaskIndex task : {0u, 2u, 4u, 63u, 64u, 100u, 103u, 210u})
    EXPECT_EQ(tasks.bytes(task), std::nullopt) << task;
}

TEST(TaskTable, TakesEveryNumberOnce) {
  TaskTable tasks;
  EXPECT_EQ(tasks.add(7, 0, kNoTask, 0), 0u);
  EXPECT_EQ(tasks.add(7, 1, kNoTask, 0), kNoTask);
  EXPECT_EQ(tasks.add(UINT64_MAX, 2, kNoTask, 0), 1u);
  EXPECT_EQ(tasks.add(UINT64_MAX, 3, kNoTask, 0), kNoTask);
  EXPECT_EQ(tasks.size(), 2u);
}

}  // namespace
}  // namespace loopscope::model
