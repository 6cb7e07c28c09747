#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::kSubscription;
using testing::a_trace;
using testing::created_at;
using ::testing::DoubleNear;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;
constexpr Nanos us = kMicrosecond;

std::vector<Finding> detect(const model::Trace& trace) { return timer_storm(trace, Limits{}); }

// Callbacks that the builder need not hold one by one.
model::Trace with_spans(const TraceBuilder& builder, model::SiteIndex site, std::uint64_t spans, Nanos each) {
  model::Trace trace = builder.build();
  trace.sites[site].spans = spans;
  trace.sites[site].run_ns = static_cast<Nanos>(spans) * each;
  return trace;
}

// A loop that goes round 100,003 times in 5 s, and an idle handle of poll.c:12.
TraceBuilder an_idler(std::uint64_t polls, Nanos from, Nanos to, Nanos busy) {
  TraceBuilder builder = a_trace();
  builder.with_loop("libuv", "", "main").with_empty_polls(polls, from, to, busy);
  builder.with_site("uv_idle", "poll.c", 12, kSubscription, "watch").with_task(created_at(from));
  return builder;
}

// One after the other, each started in the callback of the one before.
void chain(TraceBuilder& builder, std::uint64_t count, Nanos period, Nanos life) {
  const std::uint64_t first = builder.last_task();
  for (std::uint64_t i = 0; i < count; ++i) {
    const Time at = static_cast<Time>(i) * period;
    builder.with_task(
        created_at(at).child_of(i == 0 ? 0 : first + i).ran(at + life, us).finished_at(at + life + us));
  }
}

TEST(TimerStorm, IsALoopThatAnIdleHandleKeepsAwake) {
  const auto findings = detect(with_spans(an_idler(100'003, kSecond, 6 * kSecond, 5 * us), 1, 100'003, us));
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.detector, "timer-storm");
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_EQ(found.site, 1u);
  EXPECT_EQ(found.loop, 0u);
  EXPECT_THAT(found.title, HasSubstr("libuv loop 1 (main) spins for 5"));
  EXPECT_THAT(found.title, HasSubstr("kept awake by uv_idle of watch (poll.c:12)"));
  EXPECT_EQ(evidence(found, "empty_polls"), 100'003);
  EXPECT_EQ(evidence(found, "callbacks"), 100'003);
  EXPECT_THAT(evidence(found, "empty_poll_rate"), DoubleNear(20'000, 500));
  EXPECT_THAT(evidence(found, "spinning"), DoubleNear(5000, 150));
  EXPECT_THAT(evidence(found, "share_of_loop"), DoubleNear(83, 3)) << "its last poll is at 6 s";
  EXPECT_THAT(evidence(found, "busy_meanwhile"), DoubleNear(10, 1));
  EXPECT_THAT(found.advice, HasSubstr("uv_idle_stop"));
  EXPECT_THAT(found.price, DoubleNear(5, 0.15));
}

TEST(TimerStorm, IsATimerOfNoTimeThatStartsItself) {
  TraceBuilder builder = a_trace();
  builder.lasting(kSecond).with_loop().with_empty_polls(4999, 0, kSecond, 7 * us);
  builder.with_site("uv_timer", "retry.c", 34, 0, "try_again");
  chain(builder, 4999, 200 * us, 190 * us);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].site, 1u);
  EXPECT_EQ(evidence(findings[0], "started"), 4999);
  EXPECT_THAT(evidence(findings[0], "started_by_their_own_kind"), DoubleNear(100, 0.1));
  EXPECT_THAT(findings[0].tasks, SizeIs(kMaxExamples));
}

TEST(TimerStorm, IsSeenWithoutPollsWhereTimersStartThemselvesThousandsOfTimesASecond) {
  TraceBuilder builder = a_trace();
  builder.lasting(kSecond).with_loop().with_site("evtimer", "retry.c", 34);
  chain(builder, 4999, 200 * us, 190 * us);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(evidence(findings[0], "start_rate"), DoubleNear(4999, 1));
  EXPECT_THAT(findings[0].title, HasSubstr("start themselves anew 4999 times a second"));
}

TEST(TimerStorm, IsNoLoopWithWorkInEachTick) {
  EXPECT_THAT(detect(with_spans(an_idler(10'007, 0, 10 * kSecond, 301 * us), 1, 10'007, 300 * us)),
              IsEmpty());
  EXPECT_THAT(detect(with_spans(an_idler(499, 0, 10 * kSecond, 19 * ms), 1, 499, 19 * ms)), IsEmpty());
}

TEST(TimerStorm, IsSeenInBurstsWhereTheThreadLosesItsProcessor) {
  TraceBuilder builder = a_trace();
  builder.lasting(2 * kSecond).with_loop();
  for (int burst = 0; burst < 61; ++burst)
    builder.with_empty_polls(1009, burst * 31 * ms, burst * 31 * ms + 7 * ms, 5 * us);
  builder.with_site("uv_idle", "poll.c", 12, kSubscription, "watch").with_task(created_at(0));
  const auto findings = detect(with_spans(builder, 1, 61 * 1009, us));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_GT(evidence(findings[0], "share_of_loop"), 90);
}

TEST(TimerStorm, IsNoShortUseOfAnIdleHandleAtTheStart) {
  EXPECT_THAT(detect(with_spans(an_idler(10'007, 0, 101 * ms, 5 * us), 1, 10'007, us)), IsEmpty());
}

TEST(TimerStorm, IsNoChainOfPostedFunctions) {
  // Each posts the next one: the loop polls in between without waiting, and every tick does a bit of the work.
  TraceBuilder builder = a_trace();
  builder.lasting(kSecond).with_loop("asio").with_empty_polls(9973, 0, kSecond, 17 * us);
  builder.with_site("io_context.post", "parser.cpp", 56);
  chain(builder, 9973, 100 * us, 90 * us);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(TimerStorm, IsNoTimerThatManyRequestsStart) {
  // setTimeout(0) of requests: each is started by something else.
  TraceBuilder builder = a_trace();
  builder.lasting(kSecond).with_loop().with_empty_polls(4999, 0, kSecond, 7 * us);
  builder.with_site("uv_read", "server.c", 12, kSubscription).with_task(created_at(0));
  builder.with_site("uv_timer", "server.c", 34);
  for (int i = 0; i < 4999; ++i) {
    const Time at = i * 200 * us;
    builder.with_task(created_at(at).child_of(1).ran(at + 90 * us, us).finished_at(at + 91 * us));
  }
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(TimerStorm, IsNoTimerOfAMillisecondNorAnInterval) {
  TraceBuilder builder = a_trace();
  builder.with_loop().with_site("uv_timer", "audio.c", 12);
  chain(builder, 8999, 1100 * us, 1050 * us);
  builder.with_site("uv_timer", "audio.c", 34, kSubscription).with_task(created_at(0));
  EXPECT_THAT(detect(with_spans(builder, 2, 9973, us)), IsEmpty());
}

TEST(TimerStorm, IsANoteWhereNobodyIsKnownToAskForIt) {
  // A program that polls with a zero timeout, whose callbacks are not recorded: work may hide in them.
  const auto findings =
      detect(a_trace().with_loop("epoll").with_empty_polls(100'003, 0, 10 * kSecond, 5 * us).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_TRUE(findings[0].candidate);
}

TEST(TimerStorm, SurvivesAbsurdTraces) {
  model::Trace trace = with_spans(an_idler(100'003, kSecond, 6 * kSecond, 5 * us), 1, 100'003, us);
  trace.begin = INT64_MIN;
  trace.end = INT64_MAX;
  for (model::Loop& loop : trace.loops) loop.first = INT64_MAX, loop.last = INT64_MIN;
  EXPECT_THAT(detect(trace), IsEmpty());
  trace.loops[0].busy_by_slice.clear();
  EXPECT_THAT(detect(trace), IsEmpty());
  EXPECT_THAT(detect(model::Trace{}), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
