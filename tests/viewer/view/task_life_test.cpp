#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/trace_builder.h"
#include "viewer/report/summary.h"
#include "viewer/view/task_life.h"

namespace loopscope::view {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using loopscope::testing::every;
using loopscope::testing::TraceBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = LifePiece::Kind;

TaskLife life(const model::Trace& trace, std::uint64_t number) {
  return life_of_task(trace, TaskNotes::of(trace, {}), trace.tasks.find(number), trace.end);
}

TaskDeeds deeds(const model::Trace& trace, std::uint64_t number) {
  return deeds_of_task(trace, trace.tasks.find(number), {});
}

std::vector<std::uint64_t> numbers(const model::Trace& trace, const std::vector<model::TaskIndex>& tasks) {
  std::vector<std::uint64_t> found;
  for (const model::TaskIndex task : tasks) found.push_back(trace.tasks.id(task));
  return found;
}

// 1 request → 2 query (ran twice, failed) → 3, 4 rows; 5 asks 2 to stop; 2's span holds 4 up.
TraceBuilder a_query() {
  return a_trace()
      .lasting(10 * kSecond)
      .with_loop()
      .with_site("request", "server.cpp", 83, 0, "serve()")
      .with_task(created_at(1 * kSecond))
      .with_site("query", "db.cpp", 23, 0, "ask()")
      .called_from("main", "main.cpp", 5)
      .with_task(created_at(2 * kSecond)
                     .child_of(1)
                     .transferred(4'711)
                     .failed_at(5 * kSecond)
                     .ran(3 * kSecond, 101 * kMillisecond)
                     .ran(4 * kSecond, 211 * kMillisecond))
      .with_site("row", "db.cpp", 29, 0, "fetch()")
      .with_task(created_at(3 * kSecond + 7).child_of(2))
      .with_task(created_at(4 * kSecond + 11).child_of(2).finished_at(6 * kSecond))
      .with_site("watchdog", "guard.cpp", 31, 0, "guard()")
      .with_task(created_at(500 * kMillisecond))
      .with_label(1, "request", "17")
      .with_label(1, "user", "ann")
      .with_label(2, "user", "bob")
      .with_await(1, 2, 2 * kSecond + 1)
      .with_cancel(5, 2, 4500 * kMillisecond)
      .with_waited(4, 2, 4 * kSecond + 11, 200 * kMillisecond);
}

TEST(TaskLife, TellsWhatTheTaskIsAndWhatBecameOfIt) {
  model::Trace trace = a_query().build();
  trace.failures.push_back({trace.tasks.find(2), 5 * kSecond, -104, "connection reset"});
  trace.task_names.push_back({trace.tasks.find(2), "select users"});
  const TaskLife of = life(trace, 2);
  EXPECT_EQ(of.id, 2u);
  EXPECT_EQ(of.place, "ask (db.cpp:23)");
  EXPECT_EQ(of.kind, "query");
  EXPECT_EQ(of.name, "select users");
  EXPECT_EQ(of.created, 2 * kSecond);
  EXPECT_EQ(of.finished, 5 * kSecond);
  EXPECT_EQ(of.outcome, model::Outcome::error);
  EXPECT_EQ(of.runs, 2u);
  EXPECT_EQ(of.run_time, 312 * kMillisecond);
  EXPECT_EQ(of.bytes, 4'711u);
  EXPECT_EQ(life(trace, 1).bytes, std::nullopt);
  EXPECT_TRUE(of.failed);
  EXPECT_EQ(of.failure_code, -104);
  EXPECT_EQ(of.failure, "connection reset");
}

TEST(TaskLife, InheritsLabelsOfTheNearestAncestor) {
  const model::Trace trace = a_query().build();
  const TaskLife of = life(trace, 3);
  ASSERT_EQ(of.labels.size(), 2u);
  EXPECT_EQ(of.labels[0].key, "request");
  EXPECT_EQ(of.labels[0].value, "17");
  EXPECT_EQ(of.labels[0].from, trace.tasks.find(1));
  EXPECT_EQ(of.labels[1].key, "user");
  EXPECT_EQ(of.labels[1].value, "bob");
  EXPECT_EQ(of.labels[1].from, trace.tasks.find(2));
}

TEST(TaskLife, KnowsWhoAskedWhomToStopAndWhoHeldUpWhom) {
  const model::Trace trace = a_query().build();
  const TaskLife query = life(trace, 2);
  ASSERT_EQ(query.stopped_by.size(), 1u);
  EXPECT_EQ(query.stopped_by[0].other, trace.tasks.find(5));
  EXPECT_EQ(query.stopped_by[0].at, 4500 * kMillisecond);
  ASSERT_EQ(query.holds_up.size(), 1u);
  EXPECT_EQ(query.holds_up[0].other, trace.tasks.find(4));
  EXPECT_EQ(query.holds_up[0].waited, 200 * kMillisecond);
  EXPECT_THAT(query.held_up, IsEmpty());
  const TaskLife guard = life(trace, 5);
  ASSERT_EQ(guard.asked_to_stop.size(), 1u);
  EXPECT_EQ(guard.asked_to_stop[0].other, trace.tasks.find(2));
  EXPECT_EQ(life(trace, 4).held_up.size(), 1u);
}

TEST(TaskLife, HasTheParentsOfTheReportsAndTheAwaits) {
  const model::Trace trace = a_query().build();
  const TaskLife of = life(trace, 4);
  EXPECT_EQ(of.parents, report::parents_of(trace, trace.tasks.find(4), kMostParents));
  EXPECT_THAT(numbers(trace, of.parents), ElementsAre(2u, 1u));
  EXPECT_EQ(of.root, model::kNoTask) << "all parents are shown";
  EXPECT_EQ(life(trace, 2).awaits.nodes.size(), 2u);
}

TEST(TaskLife, GoesToTheRootOfALongChain) {
  TraceBuilder builder = a_trace().with_site("timer");
  for (std::uint64_t number = 1; number <= 1009; ++number) {
    builder.with_task(created_at(static_cast<Time>(number)).child_of(number - 1));
  }
  const model::Trace trace = builder.build();
  const TaskLife of = life(trace, 1009);
  EXPECT_EQ(of.parents.size(), kMostParents);
  EXPECT_EQ(of.root, trace.tasks.find(1));
  EXPECT_EQ(of.parents_between, 1009 - 1 - kMostParents - 1);
}

TEST(TaskDeeds, AreSpansAndChildren) {
  const model::Trace trace = a_query().build();
  const TaskDeeds of = deeds(trace, 2);
  ASSERT_EQ(of.spans.spans.size(), 2u);
  EXPECT_EQ(of.spans.spans[1].duration, 211 * kMillisecond);
  EXPECT_EQ(of.first_begin, 3 * kSecond);
  EXPECT_THAT(numbers(trace, of.children), ElementsAre(3u, 4u));
  EXPECT_EQ(of.children_in_all, 2u);
}

TEST(TaskDeeds, CountAllChildrenAndShowTheFirst) {
  model::Trace trace = a_trace().with_site("job").with_task(created_at(0)).build();
  constexpr std::uint64_t kChildren = 1'000'003;
  for (std::uint64_t child = 0; child < kChildren; ++child) trace.tasks.add(child + 2, 1, 0, 1);
  const TaskDeeds of = deeds(trace, 1);
  EXPECT_EQ(of.children.size(), kMostChildren);
  EXPECT_EQ(of.children_in_all, kChildren);
}

TEST(LifePieces, AreReadyBeforeTheFirstSpanAndWaitBetween) {
  const model::Trace trace = a_query().build();
  std::vector<LifePiece> pieces = life_pieces(trace, life(trace, 2), deeds(trace, 2));
  ASSERT_EQ(pieces.size(), 5u);
  EXPECT_EQ(pieces[0], (LifePiece{Kind::ready, 2 * kSecond, 3 * kSecond, 0}));
  EXPECT_EQ(pieces[1], (LifePiece{Kind::runs, 3 * kSecond, 3 * kSecond + 101 * kMillisecond, 0}));
  EXPECT_EQ(pieces[3].kind, Kind::runs);
  EXPECT_EQ(pieces[3].span, 1u);
  EXPECT_EQ(pieces[4].kind, Kind::waits);
  EXPECT_EQ(pieces[4].to, 5 * kSecond);
}

TEST(LifePieces, AreReadySinceItWasDueWhereThatIsKnown) {
  const model::Trace trace = a_query().build();
  TaskDeeds of = deeds(trace, 2);
  of.spans.spans[0].late = 250 * kMillisecond;
  const std::vector<LifePiece> pieces = life_pieces(trace, life(trace, 2), of);
  EXPECT_EQ(pieces[0], (LifePiece{Kind::waits, 2 * kSecond, 2750 * kMillisecond, 0}));
  EXPECT_EQ(pieces[1], (LifePiece{Kind::ready, 2750 * kMillisecond, 3 * kSecond, 0}));
}

TEST(LifePieces, OfAPendingTaskReachToTheEnd) {
  const model::Trace trace = a_query().build();
  EXPECT_THAT(life_pieces(trace, life(trace, 3), deeds(trace, 3)),
              ElementsAre(LifePiece{Kind::waits, 3 * kSecond + 7, 10 * kSecond, 0}));
}

TEST(LifePieces, HaveNoGapAndNoStepBackWhateverTheTraceSays) {
  const model::Trace trace = a_query().build();
  TaskDeeds of = deeds(trace, 2);
  of.spans.spans = {
      {INT64_MIN, INT64_MAX, 0, INT64_MAX}, {4 * kSecond, -5, 7, -3}, {INT64_MAX, INT64_MAX, 0, 0}};
  Time at = 2 * kSecond;
  for (const LifePiece& piece : life_pieces(trace, life(trace, 2), of)) {
    EXPECT_EQ(piece.from, at);
    EXPECT_LT(piece.from, piece.to);
    at = piece.to;
  }
  EXPECT_EQ(at, 5 * kSecond);
}

TEST(LifeText, HasWhatThePanelShows) {
  model::Trace trace = a_query().build();
  trace.failures.push_back({trace.tasks.find(2), 5 * kSecond, -104, "connection\treset"});
  const TaskDeeds done = deeds(trace, 2);
  const std::string text = life_text(trace, life(trace, 2), &done);
  EXPECT_THAT(text, ::testing::StartsWith("#2 ask (db.cpp:23)\n"));
  EXPECT_THAT(text, HasSubstr("created ms\t2000\n"));
  EXPECT_THAT(text, HasSubstr("lifetime ms\t3000\n"));
  EXPECT_THAT(text, HasSubstr("bytes\t4711\n"));
  EXPECT_THAT(text, HasSubstr("failure\t-104\tconnection?reset\n"));
  EXPECT_THAT(text, HasSubstr("label\trequest=17\tfrom #1\n"));
  EXPECT_THAT(text, HasSubstr("label\tuser=bob\tits own\n"));
  EXPECT_THAT(text, HasSubstr("created in\tmain (main.cpp:5)\n"));
  EXPECT_THAT(text, HasSubstr("parent\t#1 serve (server.cpp:83)\t\n"));
  EXPECT_THAT(text, HasSubstr("#1 serve (server.cpp:83)\twaits for\t#2 ask (db.cpp:23)\tstill\n"));
  EXPECT_THAT(text, HasSubstr("asked to stop by\t#5 guard (guard.cpp:31)\tat 4500 ms\n"));
  EXPECT_THAT(text, HasSubstr("held up\t#4 fetch (db.cpp:29)\t200 ms\n"));
  EXPECT_THAT(text, HasSubstr("ran\t3000 ms\tfor 101 ms\n"));
  EXPECT_THAT(text, HasSubstr("child\t#3 fetch (db.cpp:29)\t\n"));
}

TEST(TaskLife, SurvivesWhatNoProgramDoes) {
  model::Trace trace = a_trace().with_site("job").build();
  constexpr model::TaskIndex kTasks = 1009;
  for (model::TaskIndex task = 0; task < kTasks; ++task) {
    // One large circle: each is the child of the next one.
    trace.tasks.add(task + 1, INT64_MIN, (task + 1) % kTasks, task % 2 == 0 ? 1 : 4711);
    trace.labels.push_back({task, "key", "\xff\x1b"});
    trace.waited.push_back({task, 4711, INT64_MIN, INT64_MAX});
    trace.edges.push_back({model::Edge::Kind::cancel, task, (task + 7) % kTasks, INT64_MAX, kNever, 4711});
  }
  trace.begin = INT64_MIN;
  trace.end = INT64_MAX;
  for (const std::uint64_t number : {1U, 2U, 1009U}) {
    const TaskLife of = life(trace, number);
    const TaskDeeds done = deeds(trace, number);
    EXPECT_EQ(of.labels.size(), 1u);
    EXPECT_LE(of.parents.size(), kMostParents);
    const std::string text = life_text(trace, of, &done);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_THAT(text, HasSubstr("held up by\tunknown task\t"));
  }
  EXPECT_EQ(life_of_task(trace, TaskNotes::of(trace, {}), 4711, 0).task, model::kNoTask);
  EXPECT_EQ(deeds_of_task(trace, model::kNoTask, {}).task, model::kNoTask);
  EXPECT_EQ(life_text(trace, {}, nullptr), "No task is selected\n");
}

}  // namespace
}  // namespace loopscope::view
