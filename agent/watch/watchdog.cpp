#include "agent/watch/watchdog.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <vector>

#include "agent/record/clock.h"
#include "agent/record/observations.h"
#include "agent/record/own_threads.h"
#include "agent/record/recorder.h"
#include "agent/watch/sampler.h"
#include "agent/watch/watched_thread.h"

namespace loopscope::watch {

using namespace record;

namespace {

constexpr std::uint64_t kShortestPause = 500'000;
constexpr std::uint64_t kLongestPause = 50'000'000;
// Without a busy loop for so long the watchdog sleeps until one wakes it. The time says when it looks by itself: a
// thread may miss by some ns that it is to wake it.
constexpr std::uint64_t kIdleBeforeSleep = 100'000'000;
constexpr std::uint64_t kLongestSleep = 250'000'000;
// With more busy threads than this, not each of them is asked for its times at each look.
constexpr unsigned kThreadsAskedALook = 32;

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint64_t ns) {
  const timespec timeout{static_cast<time_t>(ns / 1'000'000'000u), static_cast<long>(ns % 1'000'000'000u)};
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT_PRIVATE, value, &timeout, nullptr,
          0);
}

void futex_wake(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr,
          0);
}

bool wait_until_set(std::atomic<std::uint32_t>& word, std::uint32_t timeout_ms) {
  const std::uint64_t until = monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000u;
  while (word.load(std::memory_order_acquire) == 0) {
    const std::uint64_t now = monotonic_ns();
    if (now >= until) return false;
    futex_wait(word, 0, until - now);
  }
  return true;
}

// From now on the calling thread has a table of descriptors of its own, with nothing in it.
void leave_descriptors() {
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
  syscall(SYS_close_range, 0u, ~0u, CLOSE_RANGE_UNSHARE);
}

}  // namespace

// What the thread has while it runs.
struct Watchdog::Watch {
  Watch(const Ring& of, const WatchOptions& options)
      : ring(of),
        limit_ns(std::uint64_t{options.stall_ms} * 1'000'000u),
        limits(limits_of(options)),
        sampler(std::min(limit_ns / 2, std::uint64_t{5'000'000}), limits.ns_per_tick, options.samples_per_s),
        threads(kThreadSlots) {}

  static Limits limits_of(const WatchOptions& options) {
    const double ticks_a_ms = static_cast<double>(ticks_per_second()) / 1e3;
    return {static_cast<std::uint64_t>(options.stall_ms * ticks_a_ms),
            static_cast<std::uint64_t>(options.sample_ms * ticks_a_ms), 1e6 / ticks_a_ms};
  }

  // Until the next look at any thread is due.
  std::uint64_t pause_ns() const;

  void look_at_all(std::uint64_t late_ns);
  void tell_lateness(std::uint64_t late_ns);

  const Ring& ring;
  std::uint64_t limit_ns;
  Limits limits;
  Sampler sampler;
  stack::PrivateFile tasks;
  std::vector<WatchedThread> threads;  // by slot
  unsigned busy_threads = 0;
  std::uint64_t next_look = 0;  // in ticks: when it is due at the first of them
  std::uint64_t last_active_ns = 0;
};

void Watchdog::Watch::look_at_all(std::uint64_t late_ns) {
  const Look look{ring, limits, late_ns, busy_threads / kThreadsAskedALook + 1};
  unsigned busy = 0;
  const std::uint64_t now = ticks();
  next_look = now + limits.stall;
  for (std::uint32_t word = 0; word < kThreadSlots / 64; ++word) {
    std::uint64_t slots = g_loop_threads[word].load(std::memory_order_acquire);
    for (; slots != 0; slots &= slots - 1) {
      const std::uint32_t slot = word * 64 + static_cast<std::uint32_t>(__builtin_ctzll(slots));
      WatchedThread& thread = threads[slot];
      if (ring.slots[slot].state.load(std::memory_order_acquire) != kSlotLive) {
        thread.end(ring);
        continue;
      }
      if (!thread.is(ring.slots[slot].thread_id)) {
        thread.end(ring);
        thread.begin(ring, *state_of_slot(slot), slot, tasks);
      }
      busy += thread.look(look, sampler);
      next_look = std::min(next_look, thread.next_look(limits, now));
    }
  }
  busy_threads = busy;
}

std::uint64_t Watchdog::Watch::pause_ns() const {
  const std::uint64_t now = ticks();
  // A ns more, since a tick that is looked at just before the limit is looked at twice.
  const double ns = static_cast<double>(next_look - std::min(next_look, now)) * limits.ns_per_tick + 1;
  return std::clamp(static_cast<std::uint64_t>(ns), kShortestPause, kLongestPause);
}

void Watchdog::Watch::tell_lateness(std::uint64_t late_ns) {
  if (late_ns < limit_ns / 4) return;
  const std::uint64_t now = ticks();
  const auto late = static_cast<std::uint64_t>(static_cast<double>(late_ns) / limits.ns_per_tick);
  observe(ring,
          RunQueueObservation{.from_ticks = now - std::min(late, now), .to_ticks = now, .wait_ns = late_ns});
}

Watchdog::Watchdog(const Ring& ring, WatchOptions options) : ring_(ring), options_(options) {}
Watchdog::~Watchdog() = default;

bool Watchdog::start() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  // A signal to the process must never be handled here: the handler would be the host's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, &attributes, run, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    errno = error;
    return false;
  }
  constexpr std::uint32_t kPatienceMs = 2'000;
  wait_until_set(watches_, kPatienceMs);
  return true;
}

bool Watchdog::stop(std::uint32_t timeout_ms) {
  stop_wanted_.store(1, std::memory_order_seq_cst);
  wake_watchdog();
  futex_wake(stop_wanted_);
  if (!wait_until_set(stopped_, timeout_ms)) {
    pthread_detach(thread_);
    return false;
  }
  pthread_join(thread_, nullptr);
  return true;
}

void* Watchdog::run(void* self) {
  static_cast<Watchdog*>(self)->watch();
  return nullptr;
}

void Watchdog::watch() {
  prctl(PR_SET_NAME, "loopscope-watch");
  own_thread_begins();
  leave_descriptors();
  {
    Watch watch(ring_, options_);
    watch.tasks.open(AT_FDCWD, "/proc/self/task", O_DIRECTORY);
    watch.sampler.open();
    watches_.store(1, std::memory_order_release);
    futex_wake(watches_);

    std::uint64_t next = monotonic_ns();
    watch.last_active_ns = next;
    while (stop_wanted_.load(std::memory_order_acquire) == 0) {
      const std::uint64_t now = monotonic_ns();
      const std::uint64_t late = now > next ? now - next : 0;
      watch.tell_lateness(late);
      watch.look_at_all(late);
      if (watch.busy_threads != 0) watch.last_active_ns = now;
      const std::uint64_t looked = monotonic_ns();
      if (looked - watch.last_active_ns >= kIdleBeforeSleep) {
        sleep_until_woken(kLongestSleep, stop_wanted_);
        next = monotonic_ns();
      } else {
        const std::uint64_t pause = watch.pause_ns();
        next = looked + pause;
        futex_wait(stop_wanted_, 0, pause);
      }
    }
    for (WatchedThread& thread : watch.threads) thread.end(ring_);
    watch.sampler.close();
  }
  own_thread_ends();
  stopped_.store(1, std::memory_order_release);
  futex_wake(stopped_);
}

}  // namespace loopscope::watch
