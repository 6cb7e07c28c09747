// The switch that every event reads first, alone in a page that the kernel wipes in any forked child, also one
// made behind libc's back, so that no child ever writes into its parent's ring. There are two of it: the number
// of the recording, near to our code, and loopscope_recording_flag for code outside.
#pragma once

#include <loopscope/loopscope.h>

namespace loopscope::record {

struct alignas(4096) Gate {
  int number = 0;  // atomic
};
extern Gate g_gate;

// 0 off, > 0 the number of the recording, kStartOnFirstEvent where recording waits for something to record (under
// `loopscope record`, and in a forked child).
[[gnu::always_inline]] inline int recording_number() {
  return __atomic_load_n(&g_gate.number, __ATOMIC_RELAXED);
}
inline constexpr int kStartOnFirstEvent = -1;

void set_recording_number(int number);

// Once, before the first recording. Where the kernel refuses, fork handlers alone turn recording off.
void wipe_gate_on_fork();

}  // namespace loopscope::record
