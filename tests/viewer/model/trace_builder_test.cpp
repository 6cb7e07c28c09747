#include "tests/support/trace_builder.h"

#include <gtest/gtest.h>

namespace loopscope::testing {
namespace {

TEST(TraceBuilder, CountsWhatItsTasksDid) {
  const model::Trace trace = a_trace()
                                 .lasting(10 * kSecond)
                                 .with_site("uv_timer", "a.cpp", 12)
                                 .with_tasks(23, every(100 * kMillisecond), created_at(0))
                                 .with_site("uv_fs_open")
                                 .with_task(created_at(kSecond).failed_at(3 * kSecond))
                                 .with_task(created_at(kSecond).cancelled_at(2 * kSecond).child_of(24))
                                 .build();
  EXPECT_EQ(trace.tasks.size(), 25u);
  EXPECT_EQ(trace.sites[1].created, 23u);
  EXPECT_EQ(trace.sites[1].pending(), 23u);
  EXPECT_EQ(trace.sites[1].stack[0].line, 12u);
  EXPECT_EQ(trace.sites[2].failed, 1u);
  EXPECT_EQ(trace.sites[2].cancelled, 1u);
  EXPECT_EQ(trace.sites[2].lifetime.max(), 2 * kSecond);
  EXPECT_EQ(trace.tasks.parent(trace.tasks.find(25)), trace.tasks.find(24));
  EXPECT_EQ(trace.peak_pending, 24u);
}

TEST(TraceBuilder, OrdersTasksByCreationLikeAReader) {
  const model::Trace trace =
      a_trace().with_site("x").with_task(created_at(7)).with_task(created_at(3)).build();
  EXPECT_EQ(trace.tasks.find(2), 0u);
  EXPECT_EQ(trace.tasks.created(0), 3);
}

TEST(TraceBuilder, MeasuresLagFromReadyElseFromTheTick) {
  const model::Trace trace = a_trace()
                                 .lasting(kSecond)
                                 .with_loop()
                                 .with_tick(100, 50)
                                 .with_site("x")
                                 .with_task(created_at(0).ready_at(90).ran(120, 10))
                                 .with_task(created_at(0).ran(131, 3))
                                 .build();
  const model::Loop& loop = trace.loops[0];
  EXPECT_EQ(loop.lag.count(), 2u);
  EXPECT_EQ(loop.lag.sum(), 30 + 31);
  EXPECT_FALSE(loop.lag_from_ticks);
  EXPECT_EQ(trace.sites[1].queue_delay.sum(), 30 + 131);
  EXPECT_EQ(trace.sites[1].run_ns, 13);
  EXPECT_EQ(trace.longest_spans.front().duration, 10);
}

TEST(TraceBuilder, TakesTicksForLagWhereNoSpanIsKnown) {
  const model::Trace trace = a_trace()
                                 .lasting(10 * kSecond)
                                 .with_loop("libuv", "main loop")
                                 .with_ticks(11, every(100 * kMillisecond), 0, 7 * kMillisecond)
                                 .build();
  const model::Loop& loop = trace.loops[0];
  EXPECT_TRUE(loop.lag_from_ticks);
  EXPECT_EQ(loop.lag.count(), 11u);
  EXPECT_EQ(loop.busy_ns, 77 * kMillisecond);
  EXPECT_EQ(loop.busy_ns + loop.idle_ns, 10 * kSecond);
  Nanos sliced = 0;
  for (const Nanos busy : loop.busy_by_slice) sliced += busy;
  EXPECT_EQ(sliced, loop.busy_ns);
}

}  // namespace
}  // namespace loopscope::testing
