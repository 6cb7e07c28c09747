#include "agent/record/gate.h"

#include <sys/mman.h>

#include <cerrno>

extern "C" {
// A whole page, so that madvise concerns nothing else, also where the linker copied it into an executable.
alignas(4096) LOOPSCOPE_API int loopscope_recording_flag[4096 / sizeof(int)];
}

namespace loopscope::record {

void wipe_gate_on_fork() {
  const int error = errno;
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
  madvise(loopscope_recording_flag, sizeof loopscope_recording_flag, MADV_WIPEONFORK);
  errno = error;
}

}  // namespace loopscope::record
