// Sleeping, names, files, processes: calls that go to libc as they are, and are timed.
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

LOOPSCOPE_HOOK int fsync(int file) { return LOOPSCOPE_TIMED(fsync, by_errno<int>, file); }

LOOPSCOPE_HOOK int fdatasync(int file) { return LOOPSCOPE_TIMED(fdatasync, by_errno<int>, file); }

LOOPSCOPE_HOOK int flock(int file, int operation) noexcept {
  return LOOPSCOPE_TIMED(flock, by_errno<int>, file, operation);
}

// EAI_... are no numbers of errno.h, but for the one that says to look there.
LOOPSCOPE_HOOK int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                               addrinfo** addresses) {
  const auto failure = [](int result) { return result == EAI_SYSTEM ? errno : result; };
  return LOOPSCOPE_TIMED(getaddrinfo, failure, node, service, hints, addresses);
}

LOOPSCOPE_HOOK hostent* gethostbyname(const char* name) {
  return LOOPSCOPE_TIMED(
      gethostbyname, [](const hostent* host) { return host == nullptr ? ENOENT : 0; }, name);
}

LOOPSCOPE_HOOK pid_t waitpid(pid_t child, int* status, int options) {
  return LOOPSCOPE_TIMED(waitpid, by_errno<pid_t>, child, status, options);
}

LOOPSCOPE_HOOK int system(const char* command) { return LOOPSCOPE_TIMED(system, by_errno<int>, command); }

LOOPSCOPE_HOOK int poll(pollfd* descriptors, nfds_t count, int timeout_ms) {
  return LOOPSCOPE_TIMED(poll, by_errno<int>, descriptors, count, timeout_ms);
}
