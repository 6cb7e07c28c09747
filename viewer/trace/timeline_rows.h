// Puts what happened in its place in time: spans by thread and depth, ticks and polls by loop. Told by Story and
// LoopTimes, event by event, if the reader was asked for a timeline; on the thread that replays.
#pragma once

#include <cstddef>
#include <cstdint>

#include "viewer/model/trace.h"
#include "viewer/trace/table_memory.h"
#include "viewer/trace/track.h"

namespace loopscope::trace {

class TimelineRows {
 public:
  // `trace` has its sites, threads, begin and (expected) end already. What will be filled soon is told to `coming`.
  TimelineRows(model::Trace& trace, ComingMemory& coming);

  // It was the innermost of the track until `end`, and is not on its stack any more. One whose beginning is not known
  // has no place.
  void span(const Track& track, const OpenSpan& span, Time end, model::TaskIndex task) {
    span_at(track, track.open.depth(), span, end, task);
  }
  // Those that still run at the trace's end.
  void still_open(const Track& track, const model::TaskTable& tasks);
  void tick(model::LoopIndex loop, Time begin, Nanos busy) { of(loop).ticks.add(begin, busy); }
  void poll(model::LoopIndex loop, Time begin, Nanos waited) { of(loop).polls.add(begin, waited); }
  model::PendingHistory& pending() { return timeline_.pending; }

  // After all else.
  void finish();

 private:
  void span_at(const Track& track, std::size_t depth, const OpenSpan& span, Time end, model::TaskIndex task);
  model::IntervalRow& of_depth(std::uint32_t thread, std::size_t depth);
  bool blocks(model::TaskIndex task) const;
  model::LoopRows& of(model::LoopIndex loop) {
    if (loop >= timeline_.loops.size()) [[unlikely]]
      timeline_.loops.resize(loop + 1);
    return timeline_.loops[loop];
  }

  const model::Trace& trace_;
  model::Timeline& timeline_;
  ComingMemory& coming_;
  bool any_blocking_ = false;  // a site does
};

}  // namespace loopscope::trace
