#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "viewer/report/summary.h"

namespace loopscope::report {
namespace {

using testing::a_trace;
using testing::created_at;
using testing::every;

TEST(Summary, AddsUpSitesOfOneKind) {
  const model::Trace trace = a_trace()
                                 .with_site("uv_timer", "a.c", 1)
                                 .with_tasks(7, every(1), created_at(0).finished_at(11))
                                 .with_site("uv_timer", "b.c", 2)
                                 .with_tasks(5, every(1), created_at(0))
                                 .with_site("uv_write", "c.c", 3)
                                 .with_tasks(13, every(1), created_at(0).failed_at(3))
                                 .build();
  const TaskSummary sum = summary_of_tasks(trace);
  EXPECT_EQ(sum.created, 25u);
  EXPECT_EQ(sum.finished, 20u);
  EXPECT_EQ(sum.pending, 5u);
  EXPECT_EQ(sum.failed, 13u);
  ASSERT_EQ(sum.by_kind.size(), 2u);
  EXPECT_EQ(sum.by_kind[0].kind, "uv_timer");
  EXPECT_EQ(sum.by_kind[0].created, 12u);
  EXPECT_EQ(sum.by_kind[0].pending, 5u);
  EXPECT_EQ(sum.by_kind[0].lifetime.count(), 7u);
}

TEST(Summary, TellsHowFastASiteCreatesAndHowMuchNeverFinishes) {
  model::Trace trace = a_trace()
                           .lasting(2 * kSecond)
                           .with_site("job")
                           .with_tasks(10, every(1), created_at(0).finished_at(3))
                           .with_tasks(3, every(1), created_at(0))
                           .build();
  EXPECT_DOUBLE_EQ(created_per_second(trace, trace.sites[1]), 6.5);
  EXPECT_DOUBLE_EQ(share_never_finished(trace.sites[1]), 3.0 / 13);
  EXPECT_EQ(share_never_finished(trace.sites[0]), 0);
  trace.sites[1].finished = 14;
  EXPECT_EQ(share_never_finished(trace.sites[1]), 0) << "more finished than were created: a damaged trace";
  trace.end = trace.begin;
  EXPECT_EQ(created_per_second(trace, trace.sites[1]), 0);
}

TEST(Summary, WritesTimesInUtc) {
  EXPECT_EQ(utc_text(0), "");
  EXPECT_EQ(utc_text(1), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(utc_text(951'782'400'000'000'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(utc_text(1'700'000'000'123'456'789), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(utc_text(INT64_MAX), "2262-04-11T23:47:16.854Z");
}

TEST(Summary, SaysHowItEnded) {
  EXPECT_EQ(end_text(a_trace().ended(model::EndReason::exit, 7).build()), "exit code 7");
  EXPECT_EQ(end_text(a_trace().ended(model::EndReason::signal, 11).build()), "killed by signal 11 (SIGSEGV)");
  EXPECT_EQ(end_text(a_trace().ended(model::EndReason::signal, 40).build()), "killed by signal 40");
  EXPECT_EQ(end_text(a_trace().ended(model::EndReason::running).build()), "still running");
  EXPECT_EQ(end_word(model::EndReason::stopped), "running");
  EXPECT_EQ(end_word(model::EndReason::exec), "exit");
}

TEST(Summary, FollowsParentsAndStopsInACircle) {
  model::Trace trace = a_trace().with_site("job").build();
  trace.tasks.add(1, 0, 2, 1);
  trace.tasks.add(2, 0, 0, 1);
  trace.tasks.add(3, 0, 1, 1);
  EXPECT_THAT(parents_of(trace, 2, 9), ::testing::ElementsAre(1u, 0u));
  EXPECT_THAT(parents_of(trace, 2, 1), ::testing::ElementsAre(1u));
  EXPECT_THAT(parents_of(trace, 99, 9), ::testing::IsEmpty());
}

}  // namespace
}  // namespace loopscope::report
