#include "agent/record/gate.h"

#include <sys/mman.h>

#include <cerrno>

// Whole pages, so that madvise concerns nothing else, also where the linker copied one into an executable.
extern "C" {
alignas(4096) LOOPSCOPE_API int loopscope_recording_flag[4096 / sizeof(int)];
}

namespace loopscope::record {

Gate g_gate;

void set_recording_number(int number) {
  __atomic_store_n(&g_gate.number, number, __ATOMIC_RELEASE);
  __atomic_store_n(&loopscope_recording_flag[0], number, __ATOMIC_RELEASE);
}

void wipe_gate_on_fork() {
  const int error = errno;
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
  madvise(&g_gate, sizeof g_gate, MADV_WIPEONFORK);
  madvise(loopscope_recording_flag, sizeof loopscope_recording_flag, MADV_WIPEONFORK);
  errno = error;
}

}  // namespace loopscope::record
