#include "agent/watch/watched_thread.h"

#include <algorithm>
#include <string>

#include "agent/record/clock.h"
#include "agent/watch/descriptors.h"

namespace loopscope::watch {

using namespace record;

namespace {

// Of the limit: shorter waits for a processor are not worth a record.
constexpr double kShareOfLimit = 0.1;

std::uint32_t next_stall_id() {
  static std::uint32_t last = 0;
  return ++last;
}

// Of the limit: looks during a stall.
constexpr std::uint64_t kLooksALimit = 4;

std::uint64_t since(std::uint64_t before, std::uint64_t now) { return now > before ? now - before : 0; }

}  // namespace

void WatchedThread::begin(const Ring& ring, const ThreadState& state, std::uint32_t slot,
                          const stack::PrivateFile& tasks) {
  state_ = &state;
  thread_id_ = ring.slots[slot].thread_id;
  tid_ = ring.slots[slot].tid;
  files_.open(tasks, tid_);
  last_ = before_ = {};
  files_.scheduling(last_);
  before_ = last_;
  last_at_ = ticks();
  busy_since_ = 0;
  stall_ = {};
}

void WatchedThread::end(const Ring& ring) {
  if (state_ == nullptr) return;
  if (stall_.id != 0) end_stall(ring, ticks());
  files_.close();
  state_ = nullptr;
}

bool WatchedThread::look(const Look& look, Sampler& sampler) {
  const std::uint64_t busy_since = state_->busy_since.load(std::memory_order_relaxed);
  const bool same_tick = busy_since != 0 && busy_since == busy_since_;
  if (!same_tick && stall_.id != 0) {
    sampler.collect(look.ring);
    sampler.forget(stall_.id);
    read_times(look);
    end_stall(look.ring, last_at_);
  }
  const bool active = busy_since != 0 || busy_since_ != 0;
  // What is known of the time before the tick.
  if (!same_tick) before_ = last_;
  const bool reads = active && (same_tick || looks_++ % look.stride == 0);
  if (reads) read_times(look);
  busy_since_ = busy_since;
  if (reads && !same_tick) leave_out_before_tick(look.limits);
  if (busy_since == 0) return active;

  const std::uint64_t now = ticks();
  if (since(busy_since, now) < look.limits.stall) return true;
  if (stall_.id == 0) {
    begin_stall(look.ring);
    next_sample_ = now;
    interval_ = look.limits.first_interval;
  }
  sampler.collect(look.ring);
  if (now >= next_sample_) {
    if (!sampler.take(look.ring, *state_, tid_, files_, stall_.id, look.late_ns)) ++stall_.suppressed;
    next_sample_ = now + interval_;
    interval_ *= 2;
  }
  return true;
}

std::uint64_t WatchedThread::next_look(const Limits& limits, std::uint64_t now) const {
  if (stall_.id != 0) return now + limits.stall / kLooksALimit;
  return (busy_since_ != 0 ? busy_since_ : now) + limits.stall;
}

void WatchedThread::read_times(const Look& look) {
  Scheduling now;
  if (!files_.scheduling(now)) return;
  const std::uint64_t at = ticks();
  const std::uint64_t waited = since(last_.waited, now.waited);
  const double worth_ns = static_cast<double>(look.limits.stall) * look.limits.ns_per_tick * kShareOfLimit;
  if (static_cast<double>(waited) >= worth_ns) {
    observe(look.ring,
            RunQueueObservation{
                .thread_id = thread_id_, .from_ticks = last_at_, .to_ticks = at, .wait_ns = waited});
  }
  last_ = now;
  last_at_ = at;
}

// What was used and waited since the look before may have been before the tick that is seen now. No more of it is the
// tick's than there was time.
void WatchedThread::leave_out_before_tick(const Limits& limits) {
  if (busy_since_ == 0) return;
  const auto all = static_cast<double>(since(before_.cpu, last_.cpu) + since(before_.waited, last_.waited));
  const double in_tick = static_cast<double>(since(busy_since_, last_at_)) * limits.ns_per_tick;
  if (all <= in_tick) return;
  const double share = in_tick / all;
  const auto back = [share](std::uint64_t before, std::uint64_t now) {
    return now - static_cast<std::uint64_t>(static_cast<double>(since(before, now)) * share);
  };
  before_ = {back(before_.cpu, last_.cpu), back(before_.waited, last_.waited)};
}

void WatchedThread::begin_stall(const Ring& ring) {
  stall_ = {};
  stall_.id = next_stall_id();
  stall_.thread_id = thread_id_;
  stall_.begin_ticks = busy_since_;
  tell_times();
  observe(ring, stall_);
  tell_woken(ring);
}

// Only what is about this very tick, and still is when all is read.
void WatchedThread::tell_woken(const Ring& ring) const {
  const Woken& woken = state_->woken;
  if (woken.tick.load(std::memory_order_acquire) != busy_since_) return;
  const std::uint32_t events = woken.events.load(std::memory_order_relaxed);
  const int epoll = woken.epoll.load(std::memory_order_relaxed);
  std::uint64_t what[Woken::kMost];
  for (std::uint32_t i = 0; i < Woken::kMost; ++i) what[i] = woken.what[i].load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  if (woken.tick.load(std::memory_order_relaxed) != busy_since_) return;

  std::string text = events == 0 ? "timeout" : "";
  for (std::uint32_t i = 0; i < std::min(events, Woken::kMost); ++i) {
    const int descriptor = epoll < 0 ? static_cast<int>(what[i]) : descriptor_of(epoll, what[i]);
    if (i != 0) text += '\0';
    text += descriptor < 0 ? std::string("a descriptor of epoll ") + std::to_string(epoll)
                           : descriptor_text(descriptor);
  }
  observe(ring, WokenObservation{.stall = stall_.id, .events = events}, text);
}

void WatchedThread::end_stall(const Ring& ring, std::uint64_t at) {
  stall_.end_ticks = at;
  tell_times();
  observe(ring, stall_);
  stall_ = {};
}

void WatchedThread::tell_times() {
  stall_.run_queue_wait_ns = since(before_.waited, last_.waited);
  stall_.cpu_ns = since(before_.cpu, last_.cpu);
}

}  // namespace loopscope::watch
