// N and P go through stalls in the order of time, not of length.
#include "viewer/view/stall_order.h"

#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"

namespace loopscope::view {
namespace {

using namespace loopscope::testing;

model::Trace three_stalls() {
  return a_trace()
      .lasting(kSecond)
      .with_loop()
      .with_stall(500 * kMillisecond, 31 * kMillisecond)
      .with_stall(100 * kMillisecond, 17 * kMillisecond)
      .with_stall(300 * kMillisecond, 23 * kMillisecond)
      .build();
}

TEST(StallOrder, GoesFromOneToTheNextInTime) {
  const model::Trace trace = three_stalls();
  ASSERT_EQ(trace.stalls[0].duration, 31 * kMillisecond) << "longest first";
  const StallOrder order(trace);
  const auto first = order.next(std::nullopt);
  ASSERT_TRUE(first);
  EXPECT_EQ(trace.stalls[*first].begin, 100 * kMillisecond);
  const auto second = order.next(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(trace.stalls[*second].begin, 300 * kMillisecond);
  EXPECT_EQ(order.previous(second), first);
  EXPECT_EQ(order.previous(first), std::nullopt);
  EXPECT_EQ(order.next(order.next(second)), std::nullopt);
}

TEST(StallOrder, FindsTheOnesAroundAnInstant) {
  const model::Trace trace = three_stalls();
  const StallOrder order(trace);
  EXPECT_EQ(trace.stalls[*order.behind(100 * kMillisecond)].begin, 300 * kMillisecond);
  EXPECT_EQ(trace.stalls[*order.before(300 * kMillisecond)].begin, 100 * kMillisecond);
  EXPECT_EQ(order.behind(kSecond), std::nullopt);
  EXPECT_EQ(order.before(0), std::nullopt);
}

TEST(StallOrder, KnowsAStallByItsTime) {
  const model::Trace trace = three_stalls();
  const StallOrder order(trace);
  const auto found = order.that_is(100 * kMillisecond, 17 * kMillisecond);
  ASSERT_TRUE(found);
  EXPECT_EQ(trace.stalls[*found].duration, 17 * kMillisecond);
  EXPECT_FALSE(order.that_is(100 * kMillisecond, 18 * kMillisecond));
  EXPECT_FALSE(order.that_is(101 * kMillisecond, 17 * kMillisecond));
}

TEST(StallOrder, OfATraceWithoutStallsLeadsNowhere) {
  const model::Trace trace = a_trace().build();
  const StallOrder order(trace);
  EXPECT_EQ(order.next(std::nullopt), std::nullopt);
  EXPECT_EQ(order.next(7), std::nullopt);
  EXPECT_EQ(order.previous(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace loopscope::view
