#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/trace_builder.h"
#include "viewer/view/task_list.h"

namespace loopscope::view {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using loopscope::testing::every;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const TasksBySite> index_of(const model::Trace& trace) {
  return std::make_shared<const TasksBySite>(TasksBySite::of(trace, {}));
}

std::vector<std::uint64_t> numbers(const model::Trace& trace, const TaskList& list) {
  std::vector<std::uint64_t> found;
  for (std::size_t at = 0; at < list.size(); ++at) found.push_back(trace.tasks.id(list[at]));
  return found;
}

std::vector<std::uint64_t> listed(const model::Trace& trace, const TaskListOptions& options) {
  return numbers(trace, TaskList::of(trace, index_of(trace), options, {}));
}

// Of site 2 the tasks 2 (3 s), 3 (pending), 4 (1 s), 5 (pending); of site 1 the task 1.
model::Trace four_jobs() {
  return a_trace()
      .lasting(10 * kSecond)
      .with_loop()
      .with_site("other", "other.cpp", 11)
      .with_task(created_at(2 * kSecond))
      .with_site("job", "job.cpp", 7)
      .with_task(created_at(1 * kSecond).finished_at(4 * kSecond).ran(2 * kSecond, 500 * kMillisecond))
      .with_task(created_at(3 * kSecond))
      .with_task(created_at(5 * kSecond).failed_at(6 * kSecond).ran(5 * kSecond, 13).ran(6 * kSecond - 7, 7))
      .with_task(created_at(7 * kSecond))
      .build();
}

TEST(TasksBySite, HasTheTasksOfEachSiteInTheOrderOfCreation) {
  const model::Trace trace = four_jobs();
  const TasksBySite index = TasksBySite::of(trace, {});
  EXPECT_EQ(index.of_site(0).size(), 0u);
  EXPECT_EQ(index.of_site(1).size(), 1u);
  EXPECT_THAT(index.of_site(2), ElementsAre(0u, 2u, 3u, 4u));
  EXPECT_THAT(index.of_site(3), IsEmpty());
  EXPECT_THAT(index.of_site(UINT32_MAX), IsEmpty());
}

TEST(TasksBySite, LeavesOutTasksOfSitesThatThereAreNot) {
  model::Trace trace = four_jobs();
  trace.tasks.add(99, 0, model::kNoTask, 4711);
  const TasksBySite index = TasksBySite::of(trace, {});
  std::size_t tasks = 0;
  for (model::SiteIndex site = 0; site < 5000; ++site) tasks += index.of_site(site).size();
  EXPECT_EQ(tasks, 5u);
}

TEST(TasksBySite, AskedToStopIsEmpty) {
  std::stop_source stopped;
  stopped.request_stop();
  const TasksBySite index = TasksBySite::of(four_jobs(), stopped.get_token());
  EXPECT_THAT(index.of_site(2), IsEmpty());
}

TEST(TaskList, IsInTheOrderOfCreationOrTheOtherWayRound) {
  const model::Trace trace = four_jobs();
  TaskListOptions options{.site = 2};
  EXPECT_THAT(listed(trace, options), ElementsAre(2u, 3u, 4u, 5u));
  options.descending = true;
  EXPECT_THAT(listed(trace, options), ElementsAre(5u, 4u, 3u, 2u));
}

TEST(TaskList, HasWhatWasPendingAtAnInstant) {
  const model::Trace trace = four_jobs();
  TaskListOptions options{.site = 2, .pending_at = 3 * kSecond};
  EXPECT_THAT(listed(trace, options), ElementsAre(2u, 3u));
  options.pending_at = 4 * kSecond;
  EXPECT_THAT(listed(trace, options), ElementsAre(3u))
      << "at the instant of its finish it is not pending any more";
  options.pending_at = kNever;
  options.descending = true;
  EXPECT_THAT(listed(trace, options), ElementsAre(5u, 3u));
}

TEST(TaskList, IsSortedByLifeRunsAndRunTime) {
  const model::Trace trace = four_jobs();
  TaskListOptions options{.site = 2, .column = TaskColumn::life, .descending = true};
  EXPECT_THAT(listed(trace, options), ElementsAre(3u, 2u, 5u, 4u)) << "7 s, two of 3 s, 1 s";
  options.descending = false;
  EXPECT_THAT(listed(trace, options), ElementsAre(4u, 2u, 5u, 3u));
  options.column = TaskColumn::runs;
  options.descending = true;
  EXPECT_THAT(listed(trace, options), ElementsAre(4u, 2u, 3u, 5u));
  options.column = TaskColumn::run_time;
  EXPECT_THAT(listed(trace, options), ElementsAre(2u, 4u, 3u, 5u));
}

TEST(TaskList, HasThoseWithALabel) {
  model::Trace trace = four_jobs();
  trace.labels.push_back({trace.tasks.find(4), "request", "17"});
  const FilterWords words("request=17");
  const TaskListOptions options{
      .site = 2,
      .labelled = std::make_shared<const LabelledTasks>(LabelledTasks::of(trace, words.labels(), {}))};
  EXPECT_THAT(listed(trace, options), ElementsAre(4u));
}

TEST(TaskList, SortsOnlyTheFirstOnesOfAMillionAndSaysHowManyThereAre) {
  model::Trace trace = a_trace().with_site("job").build();
  constexpr model::TaskIndex kTasks = 1'000'003;
  for (model::TaskIndex task = 0; task < kTasks; ++task) {
    trace.tasks.add(task + 1, 0, model::kNoTask, 1);
    // 7919 is no divisor of the prime 1,000,003: each lifetime occurs once.
    trace.tasks.set_finished(task, static_cast<Time>(std::uint64_t{task} * 7919 % kTasks),
                             model::Outcome::ok);
  }
  const TaskList longest =
      TaskList::of(trace, index_of(trace), {.site = 1, .column = TaskColumn::life, .descending = true}, {});
  ASSERT_EQ(longest.size(), TaskList::kMostSorted);
  EXPECT_EQ(longest.left_out(), kTasks - TaskList::kMostSorted);
  for (std::size_t at = 0; at < longest.size(); ++at) {
    ASSERT_EQ(life_of(trace, longest[at]), static_cast<Nanos>(kTasks - 1 - at));
  }
  const TaskList all = TaskList::of(trace, index_of(trace), {.site = 1}, {});
  EXPECT_EQ(all.size(), kTasks);
  EXPECT_EQ(all.left_out(), 0u);
  EXPECT_EQ(all[kTasks - 1], kTasks - 1);
}

TEST(TaskList, IsEmptyWithoutAnIndexOrSuchASiteOrWhenAskedToStop) {
  const model::Trace trace = four_jobs();
  EXPECT_EQ(TaskList::of(trace, nullptr, {.site = 2}, {}).size(), 0u);
  EXPECT_EQ(TaskList::of(trace, index_of(trace), {.site = 4711}, {}).size(), 0u);
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_EQ(
      TaskList::of(trace, index_of(trace), {.site = 2, .pending_at = kNever}, stopped.get_token()).size(),
      0u);
}

TEST(TaskRow, SaysWhatBecameOfTheTask) {
  const model::Trace trace = four_jobs();
  const TaskRow failed = task_row(trace, trace.tasks.find(4), trace.end);
  EXPECT_EQ(failed.task, "#4");
  EXPECT_EQ(failed.outcome, "error");
  EXPECT_EQ(failed.life, "1.00 s");
  EXPECT_EQ(failed.age, "");
  EXPECT_EQ(failed.runs, "2");
  EXPECT_EQ(failed.run_time, "20 ns");
  const TaskRow pending = task_row(trace, trace.tasks.find(3), trace.end);
  EXPECT_EQ(pending.outcome, "pending");
  EXPECT_EQ(pending.age, "7.00 s");
  EXPECT_EQ(pending.life, "");
  EXPECT_EQ(pending.finished, "");
  EXPECT_EQ(pending.queue, "");
}

TEST(TasksText, HasAllDigitsAndSaysWhatItLeavesOut) {
  const model::Trace trace = four_jobs();
  const TaskList list = TaskList::of(trace, index_of(trace), {.site = 2}, {});
  const std::string text = tasks_text(trace, list, trace.end, 3);
  EXPECT_EQ(text,
            "task\toutcome\tcreated ms\tfinished ms\tlife or age ms\truns\trun ms\tqueue ms\n"
            "#2\tok\t1000\t4000\t3000\t1\t500\t1000\n"
            "#3\tpending\t3000\t\t7000\t0\t0\t\n"
            "#4\terror\t5000\t6000\t1000\t2\t2e-05\t0\n"
            "and 1 more task, left out here\n");
}

TEST(TaskRow, IsAsOfTheCursor) {
  const model::Trace trace = four_jobs();
  const TaskRow row = task_row(trace, trace.tasks.find(2), 3 * kSecond);
  EXPECT_EQ(row.outcome, "pending");
  EXPECT_EQ(row.age, "2.00 s");
  const TaskRow later = task_row(trace, trace.tasks.find(5), 3 * kSecond);
  EXPECT_EQ(later.age, "") << "it is not created yet";
}

TEST(TaskRow, HasTheDelayBeforeTheFirstSpan) {
  const model::Trace trace = four_jobs();
  EXPECT_EQ(task_row(trace, trace.tasks.find(2), trace.end).queue, "1.00 s");
  EXPECT_EQ(task_row(trace, trace.tasks.find(4), trace.end).queue, "0 ns");
}

}  // namespace
}  // namespace loopscope::view
