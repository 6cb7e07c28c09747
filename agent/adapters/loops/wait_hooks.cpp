// Waiting for descriptors: what loops do between two ticks. Any thread.
#include <sys/epoll.h>

#include "agent/adapters/loops/wait.h"

#include "agent/woken.h"

using namespace loopscope::loops;

namespace {

constexpr uint32_t kTold = 4;  // of what ended a wait

[[gnu::hot]] void tell_epoll(int epoll, const epoll_event* events, uint32_t count) {
  uint64_t what[kTold];
  const uint32_t told = count < kTold ? count : kTold;
  for (uint32_t i = 0; i < told; ++i) what[i] = events[i].data.u64;
  loopscope_internal_woken(count, epoll, what, told);
}

[[gnu::hot]] void tell_poll(const pollfd* descriptors, nfds_t count, uint32_t events) {
  uint64_t what[kTold];
  uint32_t told = 0;
  for (nfds_t i = 0; i < count && told < events && told < kTold; ++i) {
    if (descriptors[i].revents != 0) what[told++] = static_cast<uint32_t>(descriptors[i].fd);
  }
  loopscope_internal_woken(events, -1, what, told);
}

void tell_select(int count, const fd_set* reading, const fd_set* writing, const fd_set* failing,
                 uint32_t events) {
  uint64_t what[kTold];
  uint32_t told = 0;
  // Beyond a set's size there may be more, in a program's own.
  for (int i = 0; i < count && i < FD_SETSIZE && told < events && told < kTold; ++i) {
    const bool set = (reading != nullptr && FD_ISSET(i, reading)) ||
                     (writing != nullptr && FD_ISSET(i, writing)) ||
                     (failing != nullptr && FD_ISSET(i, failing));
    if (set) what[told++] = static_cast<uint32_t>(i);
  }
  loopscope_internal_woken(events, -1, what, told);
}

}  // namespace

LOOPSCOPE_HOT_HOOK int epoll_wait(int epoll, epoll_event* events, int size, int timeout_ms) {
  return LOOPSCOPE_WAITED(epoll_wait, of_epoll(of_ms(timeout_ms)), tell_epoll(epoll, events, events_), epoll,
                          events, size, timeout_ms);
}

LOOPSCOPE_HOT_HOOK int epoll_pwait(int epoll, epoll_event* events, int size, int timeout_ms,
                                   const sigset_t* mask) {
  return LOOPSCOPE_WAITED(epoll_pwait, of_epoll(of_ms(timeout_ms)), tell_epoll(epoll, events, events_), epoll,
                          events, size, timeout_ms, mask);
}

LOOPSCOPE_HOOK int epoll_pwait2(int epoll, epoll_event* events, int size, const timespec* timeout,
                                const sigset_t* mask) {
  return LOOPSCOPE_WAITED(epoll_pwait2, of_epoll(of(timeout)), tell_epoll(epoll, events, events_), epoll,
                          events, size, timeout, mask);
}

LOOPSCOPE_HOT_HOOK int poll(pollfd* descriptors, nfds_t count, int timeout_ms) {
  return LOOPSCOPE_WAITED(poll, of_poll(of_ms(timeout_ms), count), tell_poll(descriptors, count, events_),
                          descriptors, count, timeout_ms);
}

LOOPSCOPE_HOOK int __poll_chk(pollfd* descriptors, nfds_t count, int timeout_ms, size_t room) {
  return LOOPSCOPE_WAITED(__poll_chk, of_poll(of_ms(timeout_ms), count),
                          tell_poll(descriptors, count, events_), descriptors, count, timeout_ms, room);
}

LOOPSCOPE_HOOK int ppoll(pollfd* descriptors, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  return LOOPSCOPE_WAITED(ppoll, of_poll(of(timeout), count), tell_poll(descriptors, count, events_),
                          descriptors, count, timeout, mask);
}

LOOPSCOPE_HOOK int __ppoll_chk(pollfd* descriptors, nfds_t count, const timespec* timeout,
                               const sigset_t* mask, size_t room) {
  return LOOPSCOPE_WAITED(__ppoll_chk, of_poll(of(timeout), count), tell_poll(descriptors, count, events_),
                          descriptors, count, timeout, mask, room);
}

LOOPSCOPE_HOOK int select(int count, fd_set* reading, fd_set* writing, fd_set* failing, timeval* timeout) {
  return LOOPSCOPE_WAITED(select, of_select(of(timeout), count),
                          tell_select(count, reading, writing, failing, events_), count, reading, writing,
                          failing, timeout);
}

LOOPSCOPE_HOOK int pselect(int count, fd_set* reading, fd_set* writing, fd_set* failing,
                           const timespec* timeout, const sigset_t* mask) {
  return LOOPSCOPE_WAITED(pselect, of_select(of(timeout), count),
                          tell_select(count, reading, writing, failing, events_), count, reading, writing,
                          failing, timeout, mask);
}
