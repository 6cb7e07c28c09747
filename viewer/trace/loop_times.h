// When loops polled, were busy and ran late. Told by Story, event by event.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "viewer/base/histogram.h"
#include "viewer/model/trace.h"
#include "viewer/trace/timeline_rows.h"
#include "viewer/trace/track.h"

namespace loopscope::trace {

// What is kept of a loop while playing.
struct LoopState {
  model::LoopIndex index = model::kNoLoop;
  bool seen = false;
  bool polled = false;
  bool awake = false;  // between the end of a poll and the begin of the next
  bool polling = false;
  bool closed = false;
  bool tells = false;  // when its thread runs it, and when it left; else it is known by its polls only
  // Of one that tells: when its thread ran it for the first time.
  Time begun = std::numeric_limits<Time>::min();
  Time woken = 0;
  Time polling_since = 0;
  std::uint64_t timeout_plus_1 = 0;
  std::uint64_t delivered = 0;  // events that the last poll returned
  std::size_t track = 0;
  Histogram lag;
  std::vector<Nanos> worst_lag_by_slice;
  std::vector<Nanos> worst_busy_by_slice;
};

class LoopTimes {
 public:
  // Ticks and polls go to `rows` too, unless that is null.
  LoopTimes(model::Trace& trace, TimelineRows* rows);

  // Stays where it is.
  LoopState& state(model::LoopIndex loop);

  // Whether the loop may have been left behind its last poll, as far as it tells: by a program that went on to its end.
  bool may_be_left(const LoopState& state) const {
    return !state.tells && trace_.end_reason == model::EndReason::exit;
  }

  // The thread runs the loop; the loop returned to who ran it. Between them and the first or last poll it is busy.
  void entered(std::size_t track, LoopState& state, Time now);
  void left(LoopState& state, Time now);
  void poll_begin(std::size_t track, LoopState& state, Time now, std::uint64_t timeout_plus_1);
  void poll_end(std::size_t track, LoopState& state, Time now, std::uint64_t events);
  void lag(LoopState& state, Time at, Nanos lag) {
    state.lag.add(lag);
    Nanos& worst = state.worst_lag_by_slice[slice_of(at)];
    if (lag > worst) worst = lag;
  }

  // After the last event, with the tracks by the numbers given above.
  void finish(const std::vector<Track>& tracks);

 private:
  void add_tick(LoopState& state, Time begin, Time end);
  void add_poll(LoopState& state, Nanos waited);
  // Events come in the order of time: mostly it is the slice asked for last.
  std::size_t slice_of(Time at) {
    if (at < edges_[slice_] || at >= edges_[slice_ + 1]) find_slice(at);
    return slice_;
  }
  void find_slice(Time at);

  model::Trace& trace_;
  TimelineRows* rows_;
  // Slice i lasts from edge i up to edge i + 1; what is outside belongs to the first or the last.
  std::array<Time, model::kSlices + 1> edges_{};
  std::size_t slice_ = 0;
  std::deque<LoopState> loops_;
};

}  // namespace loopscope::trace
