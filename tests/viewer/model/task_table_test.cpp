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

}  // namespace
}  // namespace loopscope::model
