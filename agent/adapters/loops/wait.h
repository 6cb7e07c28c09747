// One wait in the kernel: a loop's, recorded as its poll, or anybody's, which blocks the loop of its thread if there is
// one. errno, results and interruptions are libc's own.
#pragma once

#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <time.h>

#include "agent/adapters/libc/blocking_call.h"
#include "agent/adapters/loops/ring_calls.h"
#include "agent/adapters/loops/thread_loops.h"

namespace loopscope::loops {

enum class By : uint8_t { epoll, poll, select, io_uring };

// What a wait is asked for: how long, and how sure it is to be a loop's.
struct Asked {
  By by;
  uint64_t timeout_ns;  // UINT64_MAX: for ever
  Evidence evidence;
  bool for_one;  // descriptor, or for time only
};

inline uint64_t of_ms(int timeout_ms) {
  return timeout_ms < 0 ? UINT64_MAX : static_cast<uint64_t>(timeout_ms) * 1'000'000;
}
inline uint64_t of(const timespec* timeout) {
  if (timeout == nullptr) return UINT64_MAX;
  return static_cast<uint64_t>(timeout->tv_sec) * 1'000'000'000 + static_cast<uint64_t>(timeout->tv_nsec);
}
inline uint64_t of(const timeval* timeout) {
  if (timeout == nullptr) return UINT64_MAX;
  return static_cast<uint64_t>(timeout->tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(timeout->tv_usec) * 1'000;
}

inline Asked of_epoll(uint64_t timeout_ns) {
  return {By::epoll, timeout_ns, timeout_ns == 0 ? Evidence::none : Evidence::strong, false};
}
// Of so many descriptors: one only, or none, is how libraries wait for the answer to a question.
inline Asked of_poll(uint64_t timeout_ns, uint64_t count) {
  return {By::poll, timeout_ns, timeout_ns == 0 ? Evidence::none : Evidence::weak, count <= 1};
}
inline Asked of_select(uint64_t timeout_ns, int highest) {
  return {By::select, timeout_ns, timeout_ns == 0 ? Evidence::none : Evidence::weak, highest == 0};
}

// The loop that waits from `caller`, whose frame is at `frame`; 0: none, or nothing is recorded.
loopscope_loop waiting_loop(const void* caller, const void* frame, const Asked& asked);

// `call()` as the poll of `loop`; gives what it gave, which says how many `events` there were.
template <class Call, class Events>
[[gnu::always_inline]] inline int polled(loopscope_loop loop, uint64_t timeout_ns, Call call, Events events) {
  loopscope_poll_begin(loop, timeout_ns);
  const int result = call();
  loopscope_poll_end(loop, events(result));
  return result;
}

// `woken(events)` tells what ended a loop's wait.
template <class Function, class Call, class Woken>
[[gnu::always_inline]] inline int waited(libc::Name name, Function function, const void* caller,
                                         const void* frame, const Asked& asked, Call call, Woken woken) {
  thread_waits();
  const loopscope_loop loop = waiting_loop(caller, frame, asked);
  if (loop == 0) return libc::timed(name, function, caller, libc::by_errno<int>, call);
  const int result = polled(
      loop, asked.timeout_ns, [&] { return call(function); },
      [](int events) { return events > 0 ? static_cast<uint32_t>(events) : 0; });
  if (result >= 0) woken(static_cast<uint32_t>(result));
  thread_waits();
  return result;
}

}  // namespace loopscope::loops

// The body of a hook: the same arguments go to libc. `woken` tells, given the number of `events_`, which they were.
#define LOOPSCOPE_WAITED(function, asked, woken, ...)                                         \
  loopscope::loops::waited(                                                                   \
      loopscope::libc::Name::function, LOOPSCOPE_REAL(function), __builtin_return_address(0), \
      __builtin_frame_address(0), asked, [&](auto* real) { return real(__VA_ARGS__); },       \
      [&](uint32_t events_) { woken; })
