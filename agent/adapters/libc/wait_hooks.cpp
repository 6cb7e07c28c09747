// Sleeping, and waiting for descriptors by other means than the loop's: calls that go to libc as they are, and are timed.
#include "agent/adapters/libc/blocking_call.h"

using namespace loopscope::libc;

LOOPSCOPE_HOOK int nanosleep(const timespec* time, timespec* left) {
  return LOOPSCOPE_TIMED(nanosleep, by_errno<int>, time, left);
}

LOOPSCOPE_HOOK int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  return LOOPSCOPE_TIMED(clock_nanosleep, by_result, clock, flags, time, left);
}

LOOPSCOPE_HOOK int usleep(useconds_t us) { return LOOPSCOPE_TIMED(usleep, by_errno<int>, us); }

LOOPSCOPE_HOOK unsigned sleep(unsigned s) { return LOOPSCOPE_TIMED(sleep, never_fails<unsigned>, s); }

LOOPSCOPE_HOOK int poll(pollfd* descriptors, nfds_t count, int timeout_ms) {
  return LOOPSCOPE_TIMED(poll, by_errno<int>, descriptors, count, timeout_ms);
}

LOOPSCOPE_HOOK int __poll_chk(pollfd* descriptors, nfds_t count, int timeout_ms, size_t room) {
  return LOOPSCOPE_TIMED(__poll_chk, by_errno<int>, descriptors, count, timeout_ms, room);
}

LOOPSCOPE_HOOK int ppoll(pollfd* descriptors, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  return LOOPSCOPE_TIMED(ppoll, by_errno<int>, descriptors, count, timeout, mask);
}

LOOPSCOPE_HOOK int __ppoll_chk(pollfd* descriptors, nfds_t count, const timespec* timeout,
                               const sigset_t* mask, size_t room) {
  return LOOPSCOPE_TIMED(__ppoll_chk, by_errno<int>, descriptors, count, timeout, mask, room);
}

LOOPSCOPE_HOOK int select(int count, fd_set* reading, fd_set* writing, fd_set* failing, timeval* timeout) {
  return LOOPSCOPE_TIMED(select, by_errno<int>, count, reading, writing, failing, timeout);
}

LOOPSCOPE_HOOK int pselect(int count, fd_set* reading, fd_set* writing, fd_set* failing,
                           const timespec* timeout, const sigset_t* mask) {
  return LOOPSCOPE_TIMED(pselect, by_errno<int>, count, reading, writing, failing, timeout, mask);
}
