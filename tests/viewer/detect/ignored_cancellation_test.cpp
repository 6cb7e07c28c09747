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

std::vector<Finding> detect(const Trace& trace) { return ignored_cancellation(trace, Limits{}); }

TraceBuilder asked_by_a_timer() {
  return a_trace()
      .lasting(2003 * ms)
      .with_site("uv_timer", "typing.c", 11, 0, "on_typing")
      .with_task(created_at(0).ran(131 * ms, 1000).finished_at(132 * ms));
}
TraceBuilder& ask(TraceBuilder& trace, std::uint64_t first, std::uint64_t last, Time at) {
  trace.with_site("uv_cancel");
  for (std::uint64_t task = first; task <= last; ++task) trace.with_cancel(1, task, at);
  return trace;
}

TEST(IgnoredCancellation, ReportsWorkThatRunsToItsEnd) {
  TraceBuilder builder = asked_by_a_timer();
  builder.with_site("uv_work", "search.c", 13, 0, "begin_search")
      .with_tasks(7, every(ms), created_at(101 * ms).ran(103 * ms, 307 * ms).finished_at(411 * ms))
      .with_tasks(5, every(ms), created_at(101 * ms).cancelled_at(132 * ms));
  ask(builder, 2, 13, 131 * ms);
  const Trace trace = builder.build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.detector, "ignored-cancellation");
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_EQ(found.title, "7 of 12 uv_work tasks that were asked to stop went on, for up to 286 ms");
  EXPECT_EQ(trace.sites[found.site].stack.front().function, "begin_search");
  EXPECT_EQ(evidence(found, "went_on"), 7);
  EXPECT_EQ(evidence(found, "asked_to_stop"), 12);
  EXPECT_EQ(evidence(found, "never_finished"), 0);
  EXPECT_EQ(evidence(found, "longest"), 286);
  EXPECT_EQ(evidence(found, "together"), 7 * 280 + 21);
  EXPECT_EQ(evidence(found, "ran_meanwhile"), 7 * 279 + 21);
  EXPECT_THAT(found.advice, HasSubstr("UV_EBUSY"));
  ASSERT_THAT(found.members, SizeIs(7));
  EXPECT_EQ(found.members[0].fate, "ran on, asked by on_typing (typing.c:11)");
  EXPECT_EQ(found.members[0].at, 131 * ms);
}

TEST(IgnoredCancellation, ReportsCoroutinesThatGoOnAwaiting) {
  TraceBuilder builder = asked_by_a_timer();
  builder.with_site("coroutine", "crawl.cpp", 13, 0, "crawl")
      .with_tasks(3, every(ms), created_at(101 * ms).ran(103 * ms, 7).finished_at(811 * ms))
      .with_tasks(3, every(ms), created_at(101 * ms).ran(103 * ms, 7));
  for (std::uint64_t task = 2; task <= 7; ++task) builder.with_await(task, 0, 211 * ms, 311 * ms);
  const auto findings = detect(ask(builder, 2, 7, 131 * ms).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(evidence(findings[0], "went_on"), 6);
  EXPECT_EQ(evidence(findings[0], "never_finished"), 3);
}

TEST(IgnoredCancellation, IsNoneThatEndsSoon) {
  TraceBuilder builder = asked_by_a_timer();
  builder.with_site("uv_work", "search.c", 13)
      .with_tasks(7, every(ms), created_at(101 * ms).ran(103 * ms, 47 * ms).finished_at(151 * ms));
  EXPECT_THAT(detect(ask(builder, 2, 8, 131 * ms).build()), IsEmpty());
}

// The callback of a cancelled operation is late where the loop is held: no fault of the operation's.
TEST(IgnoredCancellation, IsNoOperationOfALibrary) {
  for (const char* kind :
       {"uv_getaddrinfo", "uv_fs_read", "socket.async_receive", "resolver.async_resolve", "event"}) {
    TraceBuilder builder = asked_by_a_timer();
    builder.with_site(kind, "serve.c", 13)
        .with_tasks(7, every(ms), created_at(101 * ms).ran(811 * ms, ms).finished_at(812 * ms));
    EXPECT_THAT(detect(ask(builder, 2, 8, 131 * ms).build()), IsEmpty()) << kind;
  }
}

// Nothing of it ran or waited anew after the request: it only waited for its turn.
TEST(IgnoredCancellation, IsNoneWhoseEndWasHeldUp) {
  TraceBuilder builder = asked_by_a_timer();
  builder.with_site("coroutine", "crawl.cpp", 13, 0, "crawl")
      .with_tasks(7, every(ms),
                  created_at(101 * ms).ran(103 * ms, 7).ran(811 * ms, 7000).finished_at(812 * ms))
      .with_tasks(7, every(ms), created_at(101 * ms).ran(103 * ms, 7).cancelled_at(812 * ms));
  EXPECT_THAT(detect(ask(builder, 2, 15, 131 * ms).build()), IsEmpty());
}

TEST(IgnoredCancellation, IsANoteWhereItHappensOnce) {
  TraceBuilder builder = asked_by_a_timer();
  builder.with_site("uv_work", "search.c", 13)
      .with_task(created_at(101 * ms).ran(103 * ms, 307 * ms).finished_at(411 * ms))
      .with_tasks(23, every(ms), created_at(101 * ms).cancelled_at(132 * ms));
  const auto findings = detect(ask(builder, 2, 25, 131 * ms).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("Not enough evidence"));
}

TEST(IgnoredCancellation, CountsFromTheFirstRequest) {
  TraceBuilder builder = asked_by_a_timer();
  builder.with_site("uv_work", "search.c", 13)
      .with_tasks(3, every(0), created_at(101 * ms).ran(103 * ms, 307 * ms).finished_at(411 * ms));
  ask(builder, 2, 4, 131 * ms);
  ask(builder, 2, 4, 401 * ms);
  ask(builder, 2, 4, 503 * ms);  // after its end
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "asked_to_stop"), 3);
  EXPECT_EQ(evidence(findings[0], "longest"), 280);
}

TEST(IgnoredCancellation, SurvivesStrayEdges) {
  TraceBuilder builder = asked_by_a_timer();
  builder.raw().edges.push_back(
      {model::Edge::Kind::cancel, model::kNoTask, model::kNoTask, 0, kNever, model::kNoSite});
  builder.raw().edges.push_back({model::Edge::Kind::cancel, 101, 101, INT64_MIN, kNever, 101});
  EXPECT_THAT(detect(builder.build()), IsEmpty());
  EXPECT_THAT(detect(Trace{}), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
