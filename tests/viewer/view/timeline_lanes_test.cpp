// Which lanes a trace has, and what they are called.
#include "viewer/view/timeline_lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"

namespace loopscope::view {
namespace {

using namespace loopscope::testing;
using Kind = TimelineLane::Kind;

std::vector<Kind> kinds_of(const TimelineLanes& lanes) {
  std::vector<Kind> kinds;
  for (const TimelineLane& lane : lanes.lanes) kinds.push_back(lane.kind);
  return kinds;
}

TEST(TimelineLanes, ShowALoopWithItsLagItsTicksAndTheSpansOfItsThread) {
  const model::Trace trace = a_trace()
                                 .lasting(kSecond)
                                 .with_site("uv_timer", "a.cpp", 1)
                                 .with_loop("libuv", "default")
                                 .with_ticks(23, every(10 * kMillisecond), 0, kMillisecond)
                                 .with_task(created_at(1).ran(10 * kMillisecond, 101))
                                 .with_gauge("queue", "items", {{1, 2.0}})
                                 .build();
  const TimelineLanes lanes = timeline_lanes(trace);
  EXPECT_THAT(kinds_of(lanes), ::testing::ElementsAre(Kind::pending, Kind::heading, Kind::lag, Kind::ticks,
                                                      Kind::spans, Kind::gauge));
  EXPECT_THAT(lanes.lanes[1].name, ::testing::HasSubstr("libuv default"));
  EXPECT_THAT(lanes.lanes[1].detail, ::testing::HasSubstr("23 ticks"));
  EXPECT_EQ(lanes.lanes[3].row->size(), 23u);
  EXPECT_EQ(lanes.lanes[4].row->size(), 1u);
  EXPECT_EQ(lanes.threads_left_out, 0u);
}

TEST(TimelineLanes, ShowThreadsWithoutALoopBelow) {
  model::Trace trace = a_trace().lasting(kSecond).with_site("work", "a.cpp", 1).build();
  trace.threads.push_back({.id = 9, .tid = 90, .name = "worker", .events = 13});
  trace.timeline.threads.resize(trace.threads.size());
  model::IntervalRow& row = trace.timeline.threads.back().spans.emplace_back();
  row.add(10 * kMillisecond, 101);
  row.finish();
  const TimelineLanes lanes = timeline_lanes(trace);
  EXPECT_THAT(kinds_of(lanes), ::testing::ElementsAre(Kind::pending, Kind::heading, Kind::spans));
  EXPECT_EQ(lanes.lanes[1].name, "worker 90");
  EXPECT_EQ(lanes.lanes[1].detail, "13 events");
}

TEST(TimelineLanes, OfAnEmptyTraceAreWhatIsPending) {
  EXPECT_THAT(kinds_of(timeline_lanes(a_trace().build())), ::testing::ElementsAre(Kind::pending));
}

TEST(TimelineLanes, AreNoMoreThanAPersonCanScrollThrough) {
  TraceBuilder builder = a_trace();
  builder.lasting(kSecond);
  for (std::size_t gauge = 0; gauge < 2 * kMaxLanes; ++gauge)
    builder.with_gauge(std::to_string(gauge), "", {{1, 1.0}});
  EXPECT_EQ(timeline_lanes(builder.build()).lanes.size(), kMaxLanes);
}

TEST(LoopsText, HasALineALoop) {
  const model::Trace trace = a_trace()
                                 .lasting(kSecond)
                                 .with_loop("libuv", "de\tfault")
                                 .with_ticks(23, every(10 * kMillisecond), 0, kMillisecond)
                                 .build();
  const std::string text = loops_text(trace);
  EXPECT_THAT(text, ::testing::StartsWith("id\tkind\tname\tthread\tticks\tbusy_ms\t"));
  EXPECT_THAT(text, ::testing::HasSubstr("\tlibuv\tde?fault\tmain\t23\t23\t"));
}

}  // namespace
}  // namespace loopscope::view
