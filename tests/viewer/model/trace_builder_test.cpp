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

TEST(TraceBuilder, DerivesWeightsAndCauseOfAStallFromItsSamples) {
  const model::Trace trace =
      a_trace()
          .with_loop()
          .with_site("uv_timer")
          .with_task(created_at(0).ran(1000, 307))
          .with_stall(stalled_at(1000, 307)
                          .by_task(1)
                          .sampled(sampled_at(1010).in("pack", "pack.cpp", 9).inlined().in("main"))
                          .sampled(sampled_at(1030).in("fsync").in_system_call(74))
                          .sampled(sampled_at(1070).without_stack("no answer").because("not scheduled")))
          .with_stall(stalled_at(5000, 509).never_ended())
          .build();
  ASSERT_EQ(trace.stalls.size(), 2u);
  EXPECT_EQ(trace.stalls_total, 2u);
  EXPECT_EQ(trace.stalls_ns, 307 + 509);
  EXPECT_TRUE(trace.watched);
  const model::Stall& unseen = trace.stalls[0];
  EXPECT_EQ(unseen.duration, 509) << "the longest is first";
  EXPECT_TRUE(unseen.is_tick);
  EXPECT_FALSE(unseen.ended);
  EXPECT_EQ(unseen.cause, "");
  EXPECT_EQ(unseen.cpu, model::Stall::kNotWatched);
  const model::Stall& seen = trace.stalls[1];
  EXPECT_EQ(seen.task, trace.tasks.find(1));
  EXPECT_FALSE(seen.is_tick);
  EXPECT_EQ(seen.cause, "not scheduled") << "20 ns ran, 30 were in the call, the rest of 257 follows";
  ASSERT_EQ(seen.samples.size(), 3u);
  EXPECT_EQ(seen.samples[0].weight, 20);
  EXPECT_EQ(seen.samples[1].weight, 30);
  EXPECT_EQ(seen.samples[2].weight, 257);
  ASSERT_EQ(seen.samples[0].stack.size(), 2u);
  EXPECT_TRUE(seen.samples[0].stack[0].inlined);
  EXPECT_FALSE(seen.samples[0].stack[1].inlined);
  EXPECT_EQ(seen.samples[1].system_call, 74);
  EXPECT_EQ(seen.samples[2].trouble, "no answer");
}

TEST(TraceBuilder, KnowsNoWatchdogWhereNobodySawAStall) {
  const model::Trace trace = a_trace().with_loop().with_stall(1000, 307).build();
  EXPECT_FALSE(trace.watched);
  EXPECT_EQ(trace.stalls[0].cause, "running");
  EXPECT_EQ(trace.stalls[0].loop, 0u);
}

TEST(TraceBuilder, CountsAtTheBlockersSiteWhoWaited) {
  const model::Trace trace = a_trace()
                                 .with_loop()
                                 .with_site("uv_timer")
                                 .with_task(created_at(0).ran(1000, 307))
                                 .with_site("uv_read")
                                 .with_tasks(2, every(1), created_at(7))
                                 .with_waited(2, 1, 1106, 201)
                                 .with_waited(3, 1, 1000, 307)
                                 .with_waited(3, 0, 2000, 11)
                                 .with_run_queue_wait(1000, 1307, 53)
                                 .off_loops()
                                 .with_run_queue_wait(500, 600, 17)
                                 .build();
  EXPECT_EQ(trace.sites[1].made_wait, 2u);
  EXPECT_EQ(trace.sites[1].made_wait_ns, 508);
  EXPECT_EQ(trace.sites[2].made_wait, 0u);
  ASSERT_EQ(trace.waited.size(), 3u);
  EXPECT_EQ(trace.waited[0].task, trace.tasks.find(3)) << "the longest is first";
  EXPECT_EQ(trace.waited[0].blocker, trace.tasks.find(1));
  EXPECT_EQ(trace.waited[2].blocker, model::kNoTask);
  ASSERT_EQ(trace.run_queue_waits.size(), 2u);
  EXPECT_EQ(trace.run_queue_waits[0].thread, model::RunQueueWait::kWatchdog) << "in order of time";
  EXPECT_EQ(trace.run_queue_waits[1].thread, 0u);
  EXPECT_EQ(trace.run_queue_waits[1].wait, 53);
}

TEST(TraceBuilder, FillsTheTimelineLikeAReader) {
  const model::Trace trace = a_trace()
                                 .lasting(1 * kSecond)
                                 .with_loop()
                                 .with_tick(100, 1'000)
                                 .with_tick(2'000, 500)
                                 .with_site("uv_timer", "a.cpp", 3)
                                 .with_task(created_at(0).finished_at(900).ran(150, 600))
                                 .with_task(created_at(0).ran(200, 300).ran(2'100, 7))
                                 .with_site("fsync", "b.cpp", 5, model::kBlocking)
                                 .with_task(created_at(210).finished_at(240).ran(210, 30))
                                 .build();
  const model::Timeline& timeline = trace.timeline;
  EXPECT_TRUE(timeline.kept);
  ASSERT_EQ(timeline.loops.size(), 1U);
  const model::IntervalRow& ticks = timeline.loops[0].ticks;
  ASSERT_EQ(ticks.size(), 2U);
  EXPECT_EQ(ticks.begin(1), 2'000);
  EXPECT_EQ(ticks.end(1), 2'500);
  const model::IntervalRow& polls = timeline.loops[0].polls;
  ASSERT_EQ(polls.size(), 3U);
  EXPECT_EQ(polls.end(0), 100);
  EXPECT_EQ(polls.begin(1), 1'100);
  EXPECT_EQ(polls.end(2), trace.end);
  EXPECT_EQ(polls.sum(trace.begin, trace.end).covered, trace.loops[0].idle_ns);

  ASSERT_EQ(timeline.threads.size(), 1U);
  const model::ThreadRows& thread = timeline.threads[0];
  ASSERT_EQ(thread.spans.size(), 2U);
  ASSERT_EQ(thread.spans[0].size(), 2U);
  EXPECT_EQ(thread.spans[0].task(0), trace.tasks.find(1));
  EXPECT_EQ(thread.spans[0].lag(0), 50);
  EXPECT_EQ(thread.spans[0].begin(1), 2'100);
  ASSERT_EQ(thread.spans[1].size(), 1U);
  EXPECT_EQ(thread.spans[1].task(0), trace.tasks.find(2));
  ASSERT_EQ(thread.calls.size(), 1U);
  EXPECT_EQ(thread.calls.task(0), trace.tasks.find(3));
  EXPECT_EQ(timeline.pending.pending_at(trace.tasks, 220), 3U);
}

}  // namespace
}  // namespace loopscope::testing
