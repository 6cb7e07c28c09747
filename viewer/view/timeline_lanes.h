// Which lanes the timeline has, from top to bottom: pending tasks, then each loop with its lag, ticks and spans, then
// threads without a loop, then gauges. Made once for an analysis. ImGui-free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::view {

struct TimelineLane {
  enum class Kind : std::uint8_t {
    heading,  // of a loop or a thread; its name and its numbers
    pending,  // how many tasks are pending, all sites
    lag,      // how late a loop's spans began
    ticks,    // of a loop: busy, and between them polls
    spans,    // of a thread, at one depth
    calls,    // blocking calls of a thread
    pauses,   // of a thread: garbage collection
    gauge,
  };
  Kind kind = Kind::heading;
  std::string name = {};    // for the gutter; "" where the lane above says it
  std::string detail = {};  // numbers behind the name of a heading
  model::LoopIndex loop = model::kNoLoop;
  std::uint32_t thread = 0;                    // index into Trace::threads, where the kind has one
  std::size_t number = 0;                      // depth of spans, index of a gauge
  const model::IntervalRow* row = nullptr;     // ticks, spans, calls; lag: where it is taken from
  const model::IntervalRow* behind = nullptr;  // ticks: the polls
  bool lag_is_duration = false;                // the loop's callbacks are not known: how long its ticks took
};

// Points into the trace, which has to outlive it. At most kMaxLanes: programs may have thousands of threads.
struct TimelineLanes {
  std::vector<TimelineLane> lanes;
  std::size_t threads_left_out = 0;
};
inline constexpr std::size_t kMaxLanes = 200;

TimelineLanes timeline_lanes(const model::Trace& trace);

// The thread that runs the loop; Trace::threads.size() if it is not known.
std::size_t thread_of(const model::Trace& trace, const model::Loop& loop);

// The loops as lines of tab-separated cells with a heading, each number as in the reports.
std::string loops_text(const model::Trace& trace);

}  // namespace loopscope::view
