// When loops polled, were busy and ran late. Told by Story, event by event.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/track.h"

namespace loopscope::trace {

class LoopTimes {
 public:
  explicit LoopTimes(model::Trace& trace);

  void poll_begin(std::size_t track, model::LoopIndex loop, Time now, std::uint64_t timeout_plus_1);
  void poll_end(std::size_t track, model::LoopIndex loop, Time now, std::uint64_t events);
  void closed(model::LoopIndex loop) { state(loop).closed = true; }
  void lag(model::LoopIndex loop, Time at, Nanos lag);
  // When the kernel woke the loop last.
  Time woken(model::LoopIndex loop) const { return loops_[loop].woken; }

  // After the last event, with the tracks by the numbers given above.
  void finish(const std::vector<Track>& tracks);

 private:
  // What is kept of a loop while playing.
  struct State {
    bool seen = false;
    bool polled = false;
    bool awake = false;  // between the end of a poll and the begin of the next
    bool polling = false;
    bool closed = false;
    Time woken = 0;
    Time polling_since = 0;
    std::uint64_t timeout_plus_1 = 0;
    std::size_t track = 0;
    std::vector<Nanos> worst_busy_by_slice;
  };

  State& state(model::LoopIndex loop);
  void add_tick(model::LoopIndex loop, Time begin, Time end);
  std::size_t slice_of(Time at) const;
  Time slice_end(std::size_t slice) const;

  model::Trace& trace_;
  double slices_per_ns_ = 0;
  std::vector<State> loops_;
};

}  // namespace loopscope::trace
