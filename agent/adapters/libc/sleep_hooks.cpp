// Sleeping: calls that go to libc as they are, and are timed.
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
