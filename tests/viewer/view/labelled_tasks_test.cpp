#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/trace_builder.h"
#include "viewer/view/labelled_tasks.h"

namespace loopscope::view {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint64_t> numbers_with(const model::Trace& trace, const std::string& typed) {
  const LabelledTasks labelled = LabelledTasks::of(trace, FilterWords(typed).labels(), {});
  std::vector<std::uint64_t> numbers;
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    if (labelled.has(task)) numbers.push_back(trace.tasks.id(task));
  }
  return numbers;
}

// Two requests: 1 with child 2 and grandchild 3; 4 with child 5, which has a label of its own.
model::Trace two_requests() {
  return a_trace()
      .with_site("request", "server.cpp", 11)
      .with_task(created_at(1))
      .with_site("query", "db.cpp", 23)
      .with_task(created_at(2).child_of(1))
      .with_site("parse", "parse.cpp", 5)
      .with_task(created_at(3).child_of(2))
      .with_site("request", "server.cpp", 13)
      .with_task(created_at(4))
      .with_site("retry", "retry.cpp", 7)
      .with_task(created_at(5).child_of(4))
      .with_label(1, "request", "17")
      .with_label(4, "request", "19")
      .with_label(5, "request", "23")
      .with_label(3, "user", "Ann")
      .build();
}

TEST(LabelledTasks, ChildrenInheritUnlessTheySayOtherwise) {
  const model::Trace trace = two_requests();
  EXPECT_THAT(numbers_with(trace, "request=17"), ElementsAre(1u, 2u, 3u));
  EXPECT_THAT(numbers_with(trace, "request=19"), ElementsAre(4u));
  EXPECT_THAT(numbers_with(trace, "request=23"), ElementsAre(5u));
}

TEST(LabelledTasks, AValueIsMeantAsAWholeAndAMissingOneIsAny) {
  const model::Trace trace = two_requests();
  EXPECT_THAT(numbers_with(trace, "request=1"), IsEmpty());
  EXPECT_THAT(numbers_with(trace, "request="), ElementsAre(1u, 2u, 3u, 4u, 5u));
  EXPECT_THAT(numbers_with(trace, "USER=ann"), ElementsAre(3u));
}

TEST(LabelledTasks, SeveralLabelsHaveToMeetInOneTask) {
  const model::Trace trace = two_requests();
  EXPECT_THAT(numbers_with(trace, "request=17 user=Ann"), ElementsAre(3u));
  EXPECT_THAT(numbers_with(trace, "request=19 user=Ann"), IsEmpty());
}

TEST(LabelledTasks, KnowsTheSitesOfSuchTasks) {
  const model::Trace trace = two_requests();
  const LabelledTasks labelled = LabelledTasks::of(trace, FilterWords("request=17").labels(), {});
  EXPECT_TRUE(labelled.at_site(1));
  EXPECT_TRUE(labelled.at_site(3));
  EXPECT_FALSE(labelled.at_site(4));
  EXPECT_FALSE(labelled.at_site(99));
}

TEST(LabelledTasks, TheLastOfSeveralValuesHolds) {
  model::Trace trace = two_requests();
  trace.labels.push_back({0, "request", "29"});
  EXPECT_THAT(numbers_with(trace, "request=17"), IsEmpty());
  EXPECT_THAT(numbers_with(trace, "request=29"), ElementsAre(1u, 2u, 3u));
}

TEST(LabelledTasks, SurvivesCirclesAndIndicesBeyondTheModel) {
  model::Trace trace = a_trace().with_site("job").build();
  trace.tasks.add(1, 0, 1, 1);
  trace.tasks.add(2, 0, 0, 1);
  trace.tasks.add(3, 0, 77, 99);
  trace.labels.push_back({1, "k", "v"});
  trace.labels.push_back({2, "k", "v"});
  trace.labels.push_back({4711, "k", "v"});
  trace.labels.push_back({model::kNoTask, "k", "v"});
  EXPECT_THAT(numbers_with(trace, "k=v"), ElementsAre(2u, 3u));
}

TEST(LabelledTasks, AskedToStopHasNone) {
  std::stop_source stopped;
  stopped.request_stop();
  const model::Trace trace = two_requests();
  const LabelledTasks labelled =
      LabelledTasks::of(trace, FilterWords("request=17").labels(), stopped.get_token());
  EXPECT_FALSE(labelled.has(0));
}

}  // namespace
}  // namespace loopscope::view
