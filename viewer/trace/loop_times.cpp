// Polls, ticks and lag.
#include "viewer/trace/loop_times.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace loopscope::trace {

using namespace model;

namespace {

constexpr Nanos kFar = Nanos{1} << 58;  // no timeout is longer

}  // namespace

LoopTimes::LoopTimes(Trace& trace, TimelineRows* rows) : trace_(trace), rows_(rows) {
  const double slice = static_cast<double>(std::max<Nanos>(trace.duration(), 1)) / kSlices;
  for (std::size_t i = 0; i < kSlices; ++i) {
    edges_[i] = trace.begin + static_cast<Nanos>(slice * static_cast<double>(i));
  }
  edges_.front() = std::numeric_limits<Time>::min();
  edges_.back() = kNever;
}

void LoopTimes::find_slice(Time at) {
  const auto after = std::upper_bound(edges_.begin() + 1, edges_.end() - 1, at);
  slice_ = static_cast<std::size_t>(after - edges_.begin()) - 1;
}

LoopState& LoopTimes::state(LoopIndex loop) {
  if (loop >= loops_.size()) loops_.resize(loop + 1);
  LoopState& state = loops_[loop];
  if (!state.seen) {
    state.seen = true;
    state.index = loop;
    state.worst_lag_by_slice.resize(kSlices);
    state.worst_busy_by_slice.resize(kSlices);
    trace_.loops[loop].busy_by_slice.resize(kSlices);
    trace_.loops[loop].empty_polls_by_slice.resize(kSlices);
  }
  return state;
}

void LoopTimes::poll_begin(std::size_t track, LoopState& state, Time now, std::uint64_t timeout_plus_1) {
  Loop& loop = trace_.loops[state.index];
  if (!std::exchange(state.polled, true)) loop.first = now;
  if (state.awake) add_tick(state, state.woken, now);
  state.awake = false;
  state.polling = true;
  state.polling_since = now;
  state.timeout_plus_1 = timeout_plus_1;
  state.track = track;
  loop.zero_timeout_polls += timeout_plus_1 == 1;
  loop.last = now;
}

void LoopTimes::poll_end(std::size_t track, LoopState& state, Time now, std::uint64_t events) {
  Loop& loop = trace_.loops[state.index];
  if (state.polling) {
    const Nanos waited = std::max<Nanos>(now - state.polling_since, 0);
    add_poll(state, waited);
    if (events == 0 && state.timeout_plus_1 == 1) {
      ++loop.empty_polls;
      ++loop.empty_polls_by_slice[slice_of(now)];
    }
    // A poll that was not to wait says nothing about how late the kernel wakes.
    if (events == 0 && state.timeout_plus_1 > 1) {
      const auto timeout = static_cast<Nanos>(std::min<std::uint64_t>(state.timeout_plus_1 - 1, kFar));
      if (waited >= timeout) loop.poll_delay.add(waited - timeout);
    }
  } else {
    ++trace_.integrity.unmatched_events;
    if (state.awake) add_tick(state, state.woken, now);
  }
  if (!std::exchange(state.polled, true)) loop.first = now;
  ++loop.ticks;
  loop.last = now;
  state.polling = false;
  state.awake = true;
  state.woken = now;
  state.delivered = events;
  state.track = track;
}

void LoopTimes::entered(std::size_t track, LoopState& state, Time now) {
  if (!std::exchange(state.tells, true) && !state.polled) state.begun = now;
  if (state.awake) return;  // back from another loop, run from one of its callbacks
  state.polling = false;
  state.awake = true;
  state.woken = now;
  state.track = track;
  trace_.loops[state.index].last = now;
}

void LoopTimes::left(LoopState& state, Time now) {
  if (state.awake) add_tick(state, state.woken, now);
  state.awake = state.polling = false;
  trace_.loops[state.index].last = now;
}

void LoopTimes::add_poll(LoopState& state, Nanos waited) {
  Loop& loop = trace_.loops[state.index];
  loop.idle_ns = add_saturating(loop.idle_ns, waited);
  if (rows_ != nullptr) rows_->poll(state.index, state.polling_since, waited);
}

void LoopTimes::add_tick(LoopState& state, Time begin, Time end) {
  Loop& loop = trace_.loops[state.index];
  const Nanos busy = std::max<Nanos>(end - begin, 0);
  if (rows_ != nullptr) rows_->tick(state.index, begin, busy);
  loop.busy_ns = add_saturating(loop.busy_ns, busy);
  loop.tick_busy.add(busy);
  std::size_t slice = slice_of(begin);
  Nanos& worst = state.worst_busy_by_slice[slice];
  worst = std::max(worst, busy);
  for (Time from = begin; from < end; ++slice) {
    const Time to = std::min(edges_[slice + 1], end);
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
  for (LoopState& state : loops_) {
    if (!state.seen) continue;
    Loop& loop = trace_.loops[state.index];
    const Track& track = tracks[state.track];
    if (loop.tid == 0 && state.polled) {  // whoever defined it did not say: the thread that polled it
      loop.thread = trace_.threads[track.thread].name;
      loop.tid = trace_.threads[track.thread].tid;
    }
    if (state.awake) {
      // Inside a span it was busy to the end; else it may have left the loop after its last event.
      const Time until = track.open.empty() || state.closed ? std::max(track.now, state.woken) : trace_.end;
      add_tick(state, state.woken, until);
    } else if (state.polling && !state.closed) {
      add_poll(state, std::max<Nanos>(trace_.end - state.polling_since, 0));
    }
    if (state.lag.count() == 0 && loop.tick_busy.count() != 0) {
      loop.lag = loop.tick_busy;
      loop.lag_from_ticks = true;
      loop.worst_lag_by_slice = std::move(state.worst_busy_by_slice);
    } else {
      loop.lag = std::move(state.lag);
      loop.worst_lag_by_slice = std::move(state.worst_lag_by_slice);
    }
    std::sort(loop.long_ticks.begin(), loop.long_ticks.end(), [](const Tick& a, const Tick& b) {
      return a.busy != b.busy ? a.busy > b.busy : a.begin < b.begin;
    });
  }
}

}  // namespace loopscope::trace
