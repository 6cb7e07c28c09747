#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/trace_builder.h"
#include "viewer/view/task_notes.h"

namespace loopscope::view {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using loopscope::testing::every;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint32_t> places(const TaskNotes& notes, Note note, model::TaskIndex task) {
  std::vector<std::uint32_t> found;
  for (const TaskNotes::Entry& entry : notes.of_task(note, task)) found.push_back(entry.at);
  return found;
}

TEST(TaskNotes, FindWhatIsSaidOfATask) {
  model::Trace trace = a_trace()
                           .with_site("job")
                           .named("Nightly")
                           .with_tasks(5, every(1), created_at(0))
                           .with_await(1, 2, 3)
                           .with_cancel(3, 2, 5)
                           .with_await(1, 4, 7)
                           .with_label(2, "a", "1")
                           .with_label(5, "b", "2")
                           .with_label(2, "c", "3")
                           .with_waited(4, 5, 11, 13)
                           .build();
  trace.task_names.push_back({2, "first"});
  trace.task_names.push_back({2, "second"});
  trace.failures.push_back({3, 17, -1, "no"});
  const TaskNotes notes = TaskNotes::of(trace, {});
  EXPECT_THAT(places(notes, Note::waits_for, 0), ElementsAre(0u, 2u));
  EXPECT_THAT(places(notes, Note::waited_by, 1), ElementsAre(0u));
  EXPECT_THAT(places(notes, Note::told_to_stop, 1), ElementsAre(1u));
  EXPECT_THAT(places(notes, Note::asks_to_stop, 2), ElementsAre(1u));
  EXPECT_THAT(places(notes, Note::label, 1), ElementsAre(0u, 2u));
  EXPECT_THAT(places(notes, Note::failure, 3), ElementsAre(0u));
  EXPECT_THAT(places(notes, Note::held_up, 3), ElementsAre(0u));
  EXPECT_THAT(places(notes, Note::holds_up, 4), ElementsAre(0u));
  EXPECT_THAT(places(notes, Note::label, 4711), IsEmpty());
  EXPECT_EQ(name_of_task(trace, notes, 2), "second");
  EXPECT_EQ(name_of_task(trace, notes, 0), "Nightly");
  EXPECT_EQ(name_of_task(trace, notes, 4711), "");
}

TEST(TaskNotes, LeaveOutTasksThatThereAreNot) {
  model::Trace trace = a_trace().with_site("job").with_task(created_at(0)).build();
  trace.edges.push_back({model::Edge::Kind::await, 0, 4711, 0, 0, 0});
  trace.edges.push_back({model::Edge::Kind::await, model::kNoTask, 0, 0, 0, 0});
  trace.labels.push_back({model::kNoTask, "a", "b"});
  trace.failures.push_back({99, 0, 0, ""});
  trace.task_names.push_back({99, ""});
  trace.waited.push_back({99, model::kNoTask, 0, 0});
  const TaskNotes notes = TaskNotes::of(trace, {});
  for (int note = 0; note < static_cast<int>(Note::count_of_them); ++note) {
    EXPECT_THAT(notes.of_task(static_cast<Note>(note), 0), IsEmpty());
    EXPECT_THAT(notes.of_task(static_cast<Note>(note), 99), IsEmpty());
    EXPECT_THAT(notes.of_task(static_cast<Note>(note), model::kNoTask), IsEmpty());
  }
}

TEST(TaskNotes, AreSortedHoweverManyThereAre) {
  model::Trace trace = a_trace().with_site("job").build();
  constexpr std::uint32_t kTasks = 1009;
  constexpr std::uint32_t kEdges = 300'007;
  for (std::uint32_t task = 0; task < kTasks; ++task) trace.tasks.add(task + 1, 0, model::kNoTask, 1);
  std::vector<std::size_t> count(kTasks);
  for (std::uint32_t edge = 0; edge < kEdges; ++edge) {
    const std::uint32_t from = edge * 7919U % kTasks;
    ++count[from];
    trace.edges.push_back({model::Edge::Kind::await, from, 0, 0, kNever, 0});
  }
  const TaskNotes notes = TaskNotes::of(trace, {});
  for (std::uint32_t task = 0; task < kTasks; ++task) {
    const std::vector<std::uint32_t> found = places(notes, Note::waits_for, task);
    ASSERT_EQ(found.size(), count[task]);
    ASSERT_TRUE(std::is_sorted(found.begin(), found.end()));
    for (const std::uint32_t edge : found) ASSERT_EQ(trace.edges[edge].from, task);
  }
  EXPECT_EQ(places(notes, Note::waited_by, 0).size(), kEdges);
}

TEST(TaskNotes, AskedToStopAreEmpty) {
  model::Trace trace = a_trace().with_site("job").with_tasks(3, every(1), created_at(0)).build();
  trace.labels = {{2, "a", "b"}, {0, "a", "b"}};
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_THAT(TaskNotes::of(trace, stopped.get_token()).of_task(Note::label, 0), IsEmpty());
}

}  // namespace
}  // namespace loopscope::view
