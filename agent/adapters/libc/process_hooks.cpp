// Waiting for other processes.
#include "agent/adapters/libc/blocking_call.h"

using namespace loopscope::libc;

LOOPSCOPE_HOOK pid_t wait(int* status) { return LOOPSCOPE_TIMED(wait, by_errno<pid_t>, status); }

LOOPSCOPE_HOOK pid_t waitpid(pid_t child, int* status, int options) {
  return LOOPSCOPE_TIMED(waitpid, by_errno<pid_t>, child, status, options);
}

LOOPSCOPE_HOOK pid_t wait3(int* status, int options, rusage* used) noexcept {
  return LOOPSCOPE_TIMED(wait3, by_errno<pid_t>, status, options, used);
}

LOOPSCOPE_HOOK pid_t wait4(pid_t child, int* status, int options, rusage* used) noexcept {
  return LOOPSCOPE_TIMED(wait4, by_errno<pid_t>, child, status, options, used);
}

LOOPSCOPE_HOOK int waitid(idtype_t type, id_t which, siginfo_t* info, int options) {
  return LOOPSCOPE_TIMED(waitid, by_errno<int>, type, which, info, options);
}

LOOPSCOPE_HOOK int system(const char* command) { return LOOPSCOPE_TIMED(system, by_errno<int>, command); }

LOOPSCOPE_HOOK FILE* popen(const char* command, const char* mode) {
  return LOOPSCOPE_TIMED(
      popen, [](const FILE* stream) { return stream == nullptr ? errno : 0; }, command, mode);
}

LOOPSCOPE_HOOK int pclose(FILE* stream) { return LOOPSCOPE_TIMED(pclose, by_errno<int>, stream); }
