#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::Trace;
using testing::a_trace;
using testing::created_at;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const Trace& trace) { return await_cycle(trace, Limits{}); }

// Coroutines 1, 2 and 3 at places of their own.
TraceBuilder three_parts() {
  TraceBuilder builder = a_trace().lasting(1009 * ms);
  for (const char* part : {"cache", "store", "index"}) {
    builder.with_site("coroutine", std::string(part) + ".cpp", 11, 0, std::string("open_") + part)
        .with_task(created_at(11 * ms).ran(11 * ms, 1000));
  }
  return builder;
}
TraceBuilder& await_at(TraceBuilder& trace, std::uint32_t line) {
  return trace.with_site("await", "parts.cpp", line);
}
// 1 waits for 2, 2 for 3, 3 for 1.
TraceBuilder circle() {
  TraceBuilder builder = three_parts();
  await_at(builder, 101).with_await(1, 2, 19 * ms);
  await_at(builder, 103).with_await(2, 3, 23 * ms);
  await_at(builder, 107).with_await(3, 1, 29 * ms);
  return builder;
}

TEST(AwaitCycle, IsACertainDeadlock) {
  const Trace trace = circle().build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.detector, "await-cycle");
  EXPECT_EQ(found.severity, Severity::critical);
  EXPECT_FALSE(found.candidate);
  EXPECT_EQ(found.title, "3 tasks wait for each other and will never go on");
  EXPECT_EQ(evidence(found, "cycle_length"), 3);
  EXPECT_EQ(evidence(found, "cycles"), 1);
  EXPECT_EQ(evidence(found, "wait_behind_them"), 0);
  EXPECT_EQ(evidence(found, "stuck_for"), 1009 - 29);
  EXPECT_NEAR(found.price, (3 * 1009 - 19 - 23 - 29) / 1e3, 1e-9);
  // The line that closed it, and each one's in the order in which they wait.
  ASSERT_THAT(found.stack, SizeIs(1));
  EXPECT_EQ(found.stack[0].function, "open_index");
  EXPECT_EQ(found.stack[0].line, 107u);
  ASSERT_THAT(found.members, SizeIs(3));
  EXPECT_EQ(found.members[0].fate, "waits at open_cache (parts.cpp:101)");
  EXPECT_EQ(found.members[1].fate, "waits at open_store (parts.cpp:103)");
  EXPECT_EQ(found.members[2].fate, "waits at open_index (parts.cpp:107)");
  EXPECT_EQ(found.members[0].at, 19 * ms);
  EXPECT_EQ(found.members[0].lasted, (1009 - 19) * ms);
}

TEST(AwaitCycle, CountsWhoWaitsBehindIt) {
  TraceBuilder builder = circle();
  builder.with_site("coroutine", "serve.cpp", 11, 0, "answer")
      .with_tasks(7, every(ms), created_at(31 * ms).ran(31 * ms, 7));
  await_at(builder, 109);
  for (std::uint64_t task = 4; task <= 9; ++task) builder.with_await(task, 1, 41 * ms);
  builder.with_await(10, 4, 41 * ms);  // at one remove
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "wait_behind_them"), 7);
  EXPECT_EQ(findings[0].count, 3u);
}

TEST(AwaitCycle, IsOneFindingForAllAtTheSameLines) {
  TraceBuilder builder = a_trace().lasting(1009 * ms);
  for (const char* function : {"left", "right"}) {
    builder.with_site("coroutine", "both.cpp", function[0], 0, function)
        .with_tasks(7, every(ms), created_at(101 * ms).ran(103 * ms, 7));
  }
  await_at(builder, 101);
  for (std::uint64_t task = 1; task <= 7; ++task)
    builder.with_await(task, task + 7, 131 * ms).with_await(task + 7, task, 132 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].title, "7 circles of 2 tasks that wait for each other and will never go on");
  EXPECT_EQ(findings[0].count, 14u);
}

TEST(AwaitCycle, IsATaskThatWaitsForItself) {
  TraceBuilder builder = three_parts();
  await_at(builder, 101).with_await(1, 1, 19 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].title, "A task waits for itself and will never go on");
}

TEST(AwaitCycle, IsNoChainThatEnds) {
  TraceBuilder builder = three_parts();
  await_at(builder, 101).with_await(1, 2, 19 * ms);
  await_at(builder, 103).with_await(2, 3, 23 * ms);
  await_at(builder, 107).with_await(3, 0, 29 * ms);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(AwaitCycle, IsOverWhereOneOfTheWaitsEnded) {
  TraceBuilder builder = three_parts();
  await_at(builder, 101).with_await(1, 2, 19 * ms);
  await_at(builder, 103).with_await(2, 1, 23 * ms, 29 * ms);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

// The other of the two may still end, and so may the wait.
TEST(AwaitCycle, IsNotProvenByOneThatWaitsForAnyOfSeveral) {
  TraceBuilder builder = circle();
  await_at(builder, 113).with_await(3, 1, 31 * ms).with_await(3, 0, 31 * ms);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
  // Also where what may end is a task further on.
  TraceBuilder further = circle();
  further.with_site("coroutine", "timer.cpp", 11).with_task(created_at(13 * ms).ran(13 * ms, 7));
  await_at(further, 113).with_await(2, 3, 31 * ms).with_await(2, 4, 31 * ms);
  EXPECT_THAT(detect(further.build()), IsEmpty());
}

TEST(AwaitCycle, IsProvenWhereAllOfSeveralAreStuck) {
  TraceBuilder builder = circle();
  await_at(builder, 113).with_await(3, 1, 31 * ms).with_await(3, 2, 31 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::critical);
}

TEST(AwaitCycle, GoesByTheLastPlaceInWhichATaskWaits) {
  TraceBuilder builder = circle();
  await_at(builder, 113).with_await(3, 0, 37 * ms);  // the wait of line 107 was left open
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(AwaitCycle, CountsWhereItsTasksAreDestroyedAtLast) {
  TraceBuilder builder = a_trace().lasting(1009 * ms);
  for (const char* function : {"left", "right"}) {
    builder.with_site("coroutine", "both.cpp", function[0], 0, function)
        .with_task(created_at(101 * ms).ran(103 * ms, 7).abandoned_at(907 * ms));
  }
  await_at(builder, 101).with_await(1, 2, 131 * ms).with_await(2, 1, 137 * ms);
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "stuck_for"), 907 - 137);
}

TEST(AwaitCycle, IsNotJudgedWhileYoung) {
  TraceBuilder builder = three_parts();
  await_at(builder, 101).with_await(1, 2, 19 * ms).with_await(2, 1, 997 * ms);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(AwaitCycle, IsNotSureWhereEventsAreMissing) {
  const auto findings = detect(circle().with_loss("no free chunk in the pool", 1).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_TRUE(findings[0].candidate);
  // Of a trace that was cut off, the last second.
  EXPECT_THAT(detect(circle().without_end().build()), IsEmpty());
}

TEST(AwaitCycle, SurvivesALongOneAndStrayTasks) {
  TraceBuilder builder = a_trace().lasting(1009 * ms).with_site("coroutine", "ring.cpp", 11);
  builder.with_tasks(10'007, every(0), created_at(11 * ms).ran(11 * ms, 7));
  await_at(builder, 101);
  for (std::uint64_t task = 1; task <= 10'007; ++task) builder.with_await(task, task % 10'007 + 1, 101 * ms);
  builder.raw().edges.push_back({model::Edge::Kind::await, model::kNoTask, 5, 0, kNever, model::kNoSite});
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].count, 10'007u);
  EXPECT_THAT(findings[0].members, SizeIs(kMaxMembers));
  EXPECT_THAT(detect(Trace{}), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
