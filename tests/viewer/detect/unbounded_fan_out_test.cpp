#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::kSubscription;
using model::Trace;
using testing::a_trace;
using testing::created_at;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const TraceBuilder& builder) {
  return unbounded_fan_out(builder.build(), Limits{});
}

// Task 1, which starts the others, and the place where it does.
TraceBuilder a_parent(const std::string& kind = "coroutine", std::uint32_t flags = 0) {
  TraceBuilder trace;
  trace.lasting(5003 * ms).with_site(kind, "scan.cpp", 11, flags, "scan").with_task(created_at(0));
  return trace;
}
void start_here(TraceBuilder& trace, const std::string& kind = "coroutine") {
  trace.with_site(kind, "scan.cpp", 23, 0, "look_at");
}

// `count` tasks a microsecond after each other, of which `servers` at a time take `alone` each, first come first served.
void queue_for(TraceBuilder& trace, int count, int servers, Nanos alone, Time at = 11 * ms,
               std::uint64_t parent = 1) {
  for (int task = 0; task < count; ++task) {
    const Time created = at + task * kMicrosecond;
    trace.with_task(
        created_at(created).finished_at(at + 1 * ms + (task / servers + 1) * alone + task).child_of(parent));
  }
}

TEST(UnboundedFanOut, TellsHowManyAtATimeAreAsFast) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  queue_for(trace, 1009, 7, 11 * ms);
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& finding = findings[0];
  EXPECT_EQ(finding.detector, "unbounded-fan-out");
  EXPECT_EQ(finding.severity, Severity::warning);
  EXPECT_EQ(finding.site, 2u);
  EXPECT_EQ(evidence(finding, "peak_at_once"), 1009);
  EXPECT_EQ(evidence(finding, "started"), 1009);
  EXPECT_EQ(evidence(finding, "bursts"), 1);
  EXPECT_NEAR(evidence(finding, "suggested_limit"), 7, 1);
  EXPECT_NEAR(evidence(finding, "rate"), 7 / 0.011, 5);
  EXPECT_NEAR(evidence(finding, "alone"), 12, 0.1);
  // The mean of 145 rounds.
  EXPECT_NEAR(evidence(finding, "queue_delay_mean"), 11. * 144 / 2, 8);
  EXPECT_NEAR(evidence(finding, "queue_delay_worst"), 11 * 144, 8);
  EXPECT_NEAR(finding.price, 1.009 * 11 * 144 / 2, 10);
  EXPECT_THAT(finding.advice, HasSubstr("and one more whenever one is done"));
  EXPECT_EQ(finding.tasks.front(), 0u);
}

TEST(UnboundedFanOut, IsFoundWithoutAParent) {
  TraceBuilder trace = a_parent();
  start_here(trace, "uv_fs_stat");
  queue_for(trace, 1009, 4, 3 * ms, 11 * ms, 0);
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].title, HasSubstr("1,009 uv_fs_stat tasks were started at once"));
  EXPECT_THAT(findings[0].advice, HasSubstr("UV_THREADPOOL_SIZE"));
}

TEST(UnboundedFanOut, CountsEachBurst) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  for (int burst = 0; burst < 3; ++burst) queue_for(trace, 211, 7, 11 * ms, 11 * ms + burst * 701 * ms);
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "bursts"), 3);
  EXPECT_EQ(evidence(findings[0], "started"), 633);
  EXPECT_EQ(evidence(findings[0], "peak_at_once"), 211);
}

TEST(UnboundedFanOut, IsHealthyWhereItScales) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  // All at once, however many there are.
  trace.with_tasks(1009, every(kMicrosecond), created_at(11 * ms).finished_at(311 * ms).child_of(1));
  EXPECT_THAT(detect(trace), IsEmpty());
}

TEST(UnboundedFanOut, IsHealthyWhereEachTakesItsOwnTime) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  for (int task = 0; task < 1009; ++task) {
    const Time created = 11 * ms + task * kMicrosecond;
    // From 1 to 1009 ms, in no order: 7 generates the numbers below a prime.
    trace.with_task(created_at(created).finished_at(created + (task * 367 % 1009 + 1) * ms).child_of(1));
  }
  EXPECT_THAT(detect(trace), IsEmpty());
}

TEST(UnboundedFanOut, IsHealthyWhereItIsKeptAtABound) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  // 127 at a time, each followed by another one.
  for (int task = 0; task < 2003; ++task) {
    const Time done = 11 * ms + task * ms;
    const Time created = task < 127 ? 11 * ms + task * kMicrosecond : 11 * ms + (task - 127) * ms + 1000;
    trace.with_task(created_at(created).finished_at(done).child_of(1));
  }
  EXPECT_THAT(detect(trace), IsEmpty());
}

TEST(UnboundedFanOut, IsHealthyWhereTheTasksWaitAtAGateOfTheirOwn) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  queue_for(trace, 1009, 7, 11 * ms);
  trace.with_site("await", "gate.cpp", 31).named("Slots::Awaiter");
  for (int task = 7; task < 1009; ++task) {
    trace.with_await(static_cast<std::uint64_t>(task) + 2, 0, 11 * ms + task * kMicrosecond + 100,
                     12 * ms + task / 7 * 11 * ms + task);
  }
  EXPECT_THAT(detect(trace), IsEmpty());
}

TEST(UnboundedFanOut, IsNeverTimersNorWritesOfOneStream) {
  for (const char* const kind : {"uv_timer", "evtimer", "steady_timer", "uv_write", "uv_udp_send"}) {
    TraceBuilder trace = a_parent();
    start_here(trace, kind);
    queue_for(trace, 1009, 7, 11 * ms);
    EXPECT_THAT(detect(trace), IsEmpty()) << kind;
  }
}

TEST(UnboundedFanOut, IsNotWhatClientsOpen) {
  TraceBuilder trace = a_parent("uv_listen", kSubscription);
  start_here(trace);
  queue_for(trace, 1009, 7, 11 * ms);
  EXPECT_THAT(detect(trace), IsEmpty());

  TraceBuilder accepting = a_parent();
  start_here(accepting);
  queue_for(accepting, 1009, 7, 11 * ms);
  accepting.with_site("await", "accept.cpp", 31).named("acceptor::async_accept");
  for (int at = 0; at < 1009; ++at) {
    accepting.with_await(1, 0, 11 * ms + at * kMicrosecond + 100, 11 * ms + at * kMicrosecond + 900);
  }
  EXPECT_THAT(detect(accepting), IsEmpty());
}

TEST(UnboundedFanOut, IsNotALoadThatComesByAndBy) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  // An overload: one a millisecond comes, one in two milliseconds is served.
  for (int task = 0; task < 1009; ++task) {
    trace.with_task(created_at(11 * ms + task * ms).finished_at(23 * ms + task * 2 * ms).child_of(1));
  }
  EXPECT_THAT(detect(trace), IsEmpty());
}

TEST(UnboundedFanOut, IsNotDozens) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  queue_for(trace, 97, 4, 11 * ms);
  EXPECT_THAT(detect(trace), IsEmpty());
}

TEST(UnboundedFanOut, IsAHintWhereItIsAMomentOfALongTrace) {
  TraceBuilder trace = a_parent();
  trace.lasting(100'003 * ms);
  start_here(trace);
  queue_for(trace, 211, 7, 11 * ms);
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
}

TEST(UnboundedFanOut, TellsOfTheProgramsTasksNotOfThoseAroundThem) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  queue_for(trace, 211, 7, 11 * ms);
  // A library's coroutine around each.
  trace.with_site("coroutine", "when_all.hpp", 101, 0, "start");
  for (int task = 0; task < 211; ++task) {
    trace.with_task(created_at(12 * ms + task * kMicrosecond)
                        .finished_at(12 * ms + (task / 7 + 1) * 11 * ms + task + 50));
  }
  trace.with_site("await", "when_all.hpp", 103);
  for (int task = 0; task < 211; ++task) {
    const auto inner = static_cast<std::uint64_t>(task) + 2;
    trace.with_await(inner + 211, inner, 12 * ms + task * kMicrosecond + 1,
                     12 * ms + (task / 7 + 1) * 11 * ms + task);
  }
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].site, 2u);
}

TEST(UnboundedFanOut, SaysNothingOfWhatNeverFinished) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  queue_for(trace, 211, 7, 11 * ms);
  trace.with_tasks(97, every(1), created_at(11 * ms + 211 * kMicrosecond).child_of(1));
  EXPECT_THAT(detect(trace), IsEmpty());
}

TEST(UnboundedFanOut, SurvivesOddTimes) {
  TraceBuilder trace = a_parent();
  start_here(trace);
  for (int task = 0; task < 211; ++task) {
    trace.with_task(
        created_at(11 * ms).finished_at(task % 2 ? 3 * ms : kNever - 1).child_of(task % 3 ? 1 : 9999));
  }
  EXPECT_THAT(detect(trace), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
