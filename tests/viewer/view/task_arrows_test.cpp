// Arrows from who created a task, to it, to who waited for it.
#include "viewer/view/task_arrows.h"

#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"

namespace loopscope::view {
namespace {

using namespace loopscope::testing;

// Task 1 runs from 10 to 30 and creates task 2 at 20, which runs from 40 to 47; task 1 waits for it and goes on at 60.
model::Trace a_chain() {
  return a_trace()
      .lasting(1000)
      .with_site("step", "a.cpp", 1)
      .with_loop()
      .with_task(created_at(1).ran(10, 20).ran(60, 5))
      .with_task(created_at(20).child_of(1).ran(40, 7).finished_at(47))
      .with_await(1, 2, 25, 47)
      .build();
}

TEST(TaskArrows, LeadFromTheCreatorAndToTheWaiter) {
  const model::Trace trace = a_chain();
  const auto arrows = arrows_of(trace, trace.tasks.find(2));
  ASSERT_EQ(arrows.size(), 2u);
  EXPECT_EQ(arrows[0].kind, TaskArrow::Kind::creation);
  EXPECT_EQ(arrows[0].from_at, 20);
  EXPECT_EQ(arrows[0].to_at, 40);
  EXPECT_EQ(arrows[1].kind, TaskArrow::Kind::await);
  EXPECT_EQ(arrows[1].from_at, 47);
  EXPECT_EQ(arrows[1].to_at, 60);
}

TEST(TaskArrows, FindTheSpanOfATaskAtAnInstant) {
  const model::Trace trace = a_chain();
  const model::TaskIndex first = trace.tasks.find(1);
  EXPECT_TRUE(span_at(trace, first, 10));
  EXPECT_TRUE(span_at(trace, first, 29));
  EXPECT_FALSE(span_at(trace, first, 41)) << "another task runs";
  EXPECT_FALSE(span_at(trace, first, 9));
}

TEST(TaskArrows, OfATaskThatNeverRanAreNone) {
  const model::Trace trace =
      a_trace().lasting(1000).with_site("step", "a.cpp", 1).with_task(created_at(1)).build();
  EXPECT_TRUE(arrows_of(trace, 0).empty());
  EXPECT_TRUE(arrows_of(trace, model::kNoTask).empty());
  EXPECT_TRUE(arrows_of(trace, 77).empty());
}

}  // namespace
}  // namespace loopscope::view
