// Ways to leave a process that run no exit handlers: the trace is ended first. On whatever thread leaves.
#include <dlfcn.h>
#include <loopscope/loopscope.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/session.h"

#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default"), noreturn))

namespace {

// A child made by vfork shares the parent's memory and leaves this way: the agent tells it by its process id.
void end_trace(int status) {
  if (loopscope_recording()) loopscope_internal_exiting(status);
}

[[noreturn]] void leave(int status) {
  for (;;) syscall(SYS_exit_group, status);
}

}  // namespace

LOOPSCOPE_HOOK void _exit(int status) {
  end_trace(status);
  leave(status);
}

LOOPSCOPE_HOOK void _Exit(int status) {
  end_trace(status);
  leave(status);
}

// Its own handlers (at_quick_exit) run in libc, and may still use the loop: the trace is ended before them.
LOOPSCOPE_HOOK void quick_exit(int status) {
  end_trace(status);
  using QuickExit = void (*)(int);
  if (const auto next = reinterpret_cast<QuickExit>(dlsym(RTLD_NEXT, "quick_exit"))) next(status);
  leave(status);
}
