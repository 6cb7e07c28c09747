// Waiting for descriptors: what loops do between two ticks. Any thread.
#include <sys/epoll.h>

#include "agent/adapters/loops/wait.h"

using namespace loopscope::loops;

LOOPSCOPE_HOOK int epoll_wait(int epoll, epoll_event* events, int size, int timeout_ms) {
  return LOOPSCOPE_WAITED(epoll_wait, of_epoll(of_ms(timeout_ms)), epoll, events, size, timeout_ms);
}

LOOPSCOPE_HOOK int epoll_pwait(int epoll, epoll_event* events, int size, int timeout_ms,
                               const sigset_t* mask) {
  return LOOPSCOPE_WAITED(epoll_pwait, of_epoll(of_ms(timeout_ms)), epoll, events, size, timeout_ms, mask);
}

LOOPSCOPE_HOOK int epoll_pwait2(int epoll, epoll_event* events, int size, const timespec* timeout,
                                const sigset_t* mask) {
  return LOOPSCOPE_WAITED(epoll_pwait2, of_epoll(of(timeout)), epoll, events, size, timeout, mask);
}

LOOPSCOPE_HOOK int poll(pollfd* descriptors, nfds_t count, int timeout_ms) {
  return LOOPSCOPE_WAITED(poll, of_poll(of_ms(timeout_ms), count), descriptors, count, timeout_ms);
}

LOOPSCOPE_HOOK int __poll_chk(pollfd* descriptors, nfds_t count, int timeout_ms, size_t room) {
  return LOOPSCOPE_WAITED(__poll_chk, of_poll(of_ms(timeout_ms), count), descriptors, count, timeout_ms,
                          room);
}

LOOPSCOPE_HOOK int ppoll(pollfd* descriptors, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  return LOOPSCOPE_WAITED(ppoll, of_poll(of(timeout), count), descriptors, count, timeout, mask);
}

LOOPSCOPE_HOOK int __ppoll_chk(pollfd* descriptors, nfds_t count, const timespec* timeout,
                               const sigset_t* mask, size_t room) {
  return LOOPSCOPE_WAITED(__ppoll_chk, of_poll(of(timeout), count), descriptors, count, timeout, mask, room);
}

LOOPSCOPE_HOOK int select(int count, fd_set* reading, fd_set* writing, fd_set* failing, timeval* timeout) {
  return LOOPSCOPE_WAITED(select, of_select(of(timeout), count), count, reading, writing, failing, timeout);
}

LOOPSCOPE_HOOK int pselect(int count, fd_set* reading, fd_set* writing, fd_set* failing,
                           const timespec* timeout, const sigset_t* mask) {
  return LOOPSCOPE_WAITED(pselect, of_select(of(timeout), count), count, reading, writing, failing, timeout,
                          mask);
}
