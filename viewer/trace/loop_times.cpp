// Polls, ticks and lag.
#include "viewer/trace/loop_times.h"

#include <algorithm>
#include <utility>

namespace loopscope::trace {

using namespace model;

namespace {

constexpr Nanos kFar = Nanos{1} << 58;  // no timeout is longer

}  // namespace

LoopTimes::LoopTimes(Trace& trace) : trace_(trace) {
  const Nanos duration = std::max<Nanos>(trace.duration(), 1);
  slices_per_ns_ = static_cast<double>(kSlices) / static_cast<double>(duration);
}

LoopTimes::State& LoopTimes::state(LoopIndex loop) {
  if (loop >= loops_.size()) loops_.resize(loop + 1);
  State& state = loops_[loop];
  if (!state.seen) {
    state.seen = true;
    state.worst_busy_by_slice.resize(kSlices);
    trace_.loops[loop].worst_lag_by_slice.resize(kSlices);
    trace_.loops[loop].busy_by_slice.resize(kSlices);
  }
  return state;
}

void LoopTimes::poll_begin(std::size_t track, LoopIndex index, Time now, std::uint64_t timeout_plus_1) {
  State& state = this->state(index);
  Loop& loop = trace_.loops[index];
  if (!std::exchange(state.polled, true)) loop.first = now;
  if (state.awake) add_tick(index, state.woken, now);
  state.awake = false;
  state.polling = true;
  state.polling_since = now;
  state.timeout_plus_1 = timeout_plus_1;
  state.track = track;
  loop.zero_timeout_polls += timeout_plus_1 == 1;
  loop.last = now;
}

void LoopTimes::poll_end(std::size_t track, LoopIndex index, Time now, std::uint64_t events) {
  State& state = this->state(index);
  Loop& loop = trace_.loops[index];
  if (state.polling) {
    const Nanos waited = std::max<Nanos>(now - state.polling_since, 0);
    loop.idle_ns = add_saturating(loop.idle_ns, waited);
    // A poll that was not to wait says nothing about how late the kernel wakes.
    if (events == 0 && state.timeout_plus_1 > 1) {
      const auto timeout = static_cast<Nanos>(std::min<std::uint64_t>(state.timeout_plus_1 - 1, kFar));
      if (waited >= timeout) loop.poll_delay.add(waited - timeout);
    }
  } else {
    ++trace_.integrity.unmatched_events;
    if (state.awake) add_tick(index, state.woken, now);
  }
  if (!std::exchange(state.polled, true)) loop.first = now;
  ++loop.ticks;
  loop.last = now;
  state.polling = false;
  state.awake = true;
  state.woken = now;
  state.track = track;
}

std::size_t LoopTimes::slice_of(Time at) const {
  const double slice = static_cast<double>(std::max<Nanos>(at - trace_.begin, 0)) * slices_per_ns_;
  return static_cast<std::size_t>(std::min(slice, static_cast<double>(kSlices - 1)));
}

Time LoopTimes::slice_end(std::size_t slice) const {
  if (slice + 1 >= kSlices) return kNever;
  return trace_.begin + static_cast<Time>(static_cast<double>(slice + 1) / slices_per_ns_);
}

void LoopTimes::lag(LoopIndex index, Time at, Nanos lag) {
  state(index);
  Loop& loop = trace_.loops[index];
  loop.lag.add(lag);
  Nanos& worst = loop.worst_lag_by_slice[slice_of(at)];
  worst = std::max(worst, lag);
}

void LoopTimes::add_tick(LoopIndex index, Time begin, Time end) {
  Loop& loop = trace_.loops[index];
  const Nanos busy = std::max<Nanos>(end - begin, 0);
  loop.busy_ns = add_saturating(loop.busy_ns, busy);
  loop.tick_busy.add(busy);
  const std::size_t first = slice_of(begin);
  Nanos& worst = loops_[index].worst_busy_by_slice[first];
  worst = std::max(worst, busy);
  Time from = begin;
  for (std::size_t slice = first; slice < kSlices && from < end; ++slice) {
    const Time to = std::clamp(slice_end(slice), from, end);
    loop.busy_by_slice[slice] = add_saturating(loop.busy_by_slice[slice], to - from);
    from = to;
  }
  std::vector<Tick>& longest = loop.long_ticks;  // a heap, the shortest on top
  const auto longer_tick = [](const Tick& a, const Tick& b) { return a.busy > b.busy; };
  if (longest.size() == kMaxLongTicks) {
    if (busy <= longest.front().busy) return;
    std::pop_heap(longest.begin(), longest.end(), longer_tick);
    longest.pop_back();
  }
  longest.push_back({begin, busy});
  std::push_heap(longest.begin(), longest.end(), longer_tick);
}

void LoopTimes::finish(const std::vector<Track>& tracks) {
  for (LoopIndex index = 0; index < loops_.size(); ++index) {
    State& state = loops_[index];
    if (!state.seen) continue;
    Loop& loop = trace_.loops[index];
    const Track& track = tracks[state.track];
    if (loop.tid == 0 && state.polled) {  // whoever defined it did not say: the thread that polled it
      loop.thread = trace_.threads[track.thread].name;
      loop.tid = trace_.threads[track.thread].tid;
    }
    if (state.awake) {
      // Inside a span it was busy to the end; else it may have left the loop after its last event.
      const Time until = track.open.empty() || state.closed ? std::max(track.now, state.woken) : trace_.end;
      add_tick(index, state.woken, until);
    } else if (state.polling && !state.closed) {
      loop.idle_ns = add_saturating(loop.idle_ns, std::max<Nanos>(trace_.end - state.polling_since, 0));
    }
    if (loop.lag.count() == 0 && loop.tick_busy.count() != 0) {
      loop.lag = loop.tick_busy;
      loop.lag_from_ticks = true;
      loop.worst_lag_by_slice = std::move(state.worst_busy_by_slice);
    }
    std::sort(loop.long_ticks.begin(), loop.long_ticks.end(), [](const Tick& a, const Tick& b) {
      return a.busy != b.busy ? a.busy > b.busy : a.begin < b.begin;
    });
  }
}

}  // namespace loopscope::trace
