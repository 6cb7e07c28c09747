#include "viewer/trace/waits.h"

#include <algorithm>

namespace loopscope::trace {

using namespace model;

void Waits::held(std::size_t track, const Blocker& blocker) {
  if (track >= tracks_.size()) tracks_.resize(track + 1);
  Held& held = tracks_[track];
  Blocker& place = held.recent[held.count++ % kRecent];
  keeper_.pin(blocker.task);
  keeper_.unpin(place.task);
  place = blocker;
}

void Waits::forget_since(std::size_t track, Time since) {
  if (track >= tracks_.size()) return;
  for (Blocker& blocker : tracks_[track].recent) {
    if (blocker.begin < since) continue;
    keeper_.unpin(blocker.task);
    blocker = {};
  }
}

void Waits::waited(std::size_t track, const Waiter& waiter, Time since, Time until) {
  if (track >= tracks_.size()) return;
  const Held& held = tracks_[track];
  const std::size_t known = std::min(held.count, kRecent);
  for (std::size_t i = 0; i < known; ++i) {
    const Blocker& blocker = held.recent[i];
    const Time from = std::max(since, blocker.begin);
    const Nanos waited = std::min(until, blocker.end) - from;
    if (waited <= 0) continue;
    // Nobody waits for itself: a timer is late for its own slow callback.
    if (blocker.task != kNoTask && blocker.task == waiter.task) continue;
    if (blocker.is_span) {
      Site& site = trace_.sites[blocker.site];
      ++site.made_wait;
      site.made_wait_ns = add_saturating(site.made_wait_ns, waited);
    }
    if (waiter.task != kNoTask) keep({{waiter.task, blocker.task, from, waited}, waiter.id});
  }
}

void Waits::waited_since_poll(std::size_t track, const Waiter& waiter, Time woken, Time until) {
  if (track >= tracks_.size()) return;
  Held& held = tracks_[track];
  if (held.tick != woken) {
    held.tick = woken;
    held.in_tick.clear();
  }
  if (held.in_tick.size() >= kMostInTick || !held.in_tick.insert(waiter.id).second) return;
  waited(track, waiter, woken, until);
}

// The same order however the trace is read.
bool Waits::before(const Entry& a, const Entry& b) {
  if (a.waited.waited != b.waited.waited) return a.waited.waited > b.waited.waited;
  return a.waited.from != b.waited.from ? a.waited.from < b.waited.from : a.id < b.id;
}

void Waits::keep(const Entry& entry) {
  if (longest_.size() == kMaxWaited) {
    if (!before(entry, longest_.front())) return;
    std::pop_heap(longest_.begin(), longest_.end(), before);
    keeper_.unpin(longest_.back().waited.task);
    keeper_.unpin(longest_.back().waited.blocker);
    longest_.pop_back();
  }
  keeper_.pin(entry.waited.task);
  keeper_.pin(entry.waited.blocker);
  longest_.push_back(entry);
  std::push_heap(longest_.begin(), longest_.end(), before);
}

void Waits::renumber(const std::vector<TaskIndex>& number) {
  for (Entry& entry : longest_) {
    entry.waited.task = number[entry.waited.task];
    if (entry.waited.blocker != kNoTask) entry.waited.blocker = number[entry.waited.blocker];
  }
}

void Waits::finish() {
  std::sort(longest_.begin(), longest_.end(), before);
  trace_.waited.clear();
  for (const Entry& entry : longest_) trace_.waited.push_back(entry.waited);
}

}  // namespace loopscope::trace
