// The switch that every event reads first: loopscope_recording_flag, alone in a page that the kernel wipes in
// any forked child, also one made behind libc's back, so that no child ever writes into its parent's ring.
#pragma once

#include <atomic>

#include <loopscope/loopscope.h>

namespace loopscope::record {

inline std::atomic_ref<int> recording_number() { return std::atomic_ref<int>(loopscope_recording_flag[0]); }

// Once, before the first recording. Where the kernel refuses, fork handlers alone turn recording off.
void wipe_gate_on_fork();

}  // namespace loopscope::record
