// What the watchdog saw and what a check of references found, on the way to the trace: records in the ring's definitions
// area, which has room for them and outlives a killed process. Threads of the agent; the writer and recovery make packets
// of them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "agent/record/definitions.h"

namespace loopscope::record {

// Numbers of loopscope.StallCause.
enum class StallCause : std::uint32_t {
  unknown = 0,
  running = 1,
  system_call = 2,
  not_scheduled = 3,
  page_fault = 4
};

// Why a sample has no stack. The writer has the words.
enum class StackTrouble : std::uint32_t {
  none = 0,
  not_permitted = 1,     // the kernel does not show the process its own threads
  signal_taken = 2,      // the program uses all signals itself, or blocks them
  not_delivered = 3,     // the thread did not get to run
  no_unwinder = 4,       // libunwind is not installed
  fast_system_call = 5,  // between two system calls whenever it was looked at
};

// Why a check of references proved nothing. The writer has the words.
enum class ReachTrouble : std::uint32_t {
  none = 0,
  no_time = 1,
  no_memory = 2,
  no_map = 3,            // /proc is missing or closed
  threads_not_held = 4,  // their registers may hold the only reference
  kernel_queue = 5,      // an io_uring or an AIO context: what the kernel holds for them cannot be seen
  too_much_to_hold = 6,  // more words or threads than there is room for
  not_inherited = 7,     // memory that a copy of the process does not have
  no_copy = 8,           // the process could not be copied
  child_failed = 9,
};

// The payloads, as in loopscope.Stall, StallSample (frames follow), StallWoken, RunQueueWait and Reachability (tasks follow).
struct StallObservation {
  std::uint32_t id = 0;
  std::uint32_t thread_id = 0;
  std::uint64_t begin_ticks = 0;
  std::uint64_t end_ticks = 0;  // 0: it goes on
  std::uint64_t run_queue_wait_ns = 0;
  std::uint64_t cpu_ns = 0;
  std::uint64_t suppressed = 0;
};

struct SampleObservation {
  std::uint32_t stall = 0;
  StallCause cause = StallCause::unknown;
  std::uint64_t ticks = 0;
  std::uint64_t watchdog_late_ns = 0;
  std::uint32_t system_call_plus_1 = 0;
  std::uint32_t frames = 0;
  std::uint32_t frames_truncated = 0;
  StackTrouble trouble = StackTrouble::none;
};

// The names follow, with a zero between them.
struct WokenObservation {
  std::uint32_t stall = 0;
  std::uint32_t events = 0;
};

struct RunQueueObservation {
  std::uint32_t thread_id = 0;  // 0: the watchdog itself, which woke late
  std::uint32_t unused = 0;
  std::uint64_t from_ticks = 0;
  std::uint64_t to_ticks = 0;
  std::uint64_t wait_ns = 0;
};

struct ReachObservation {
  std::uint32_t check = 0;  // records of one check follow each other and differ in their tasks
  ReachTrouble trouble = ReachTrouble::none;
  std::uint32_t at_exit = 0;
  std::uint32_t threads = 0;  // whose registers and stacks were looked at
  std::uint64_t ticks = 0;    // when the copy was made
  std::uint64_t suspended = 0;
  std::uint64_t reached = 0;
  std::uint64_t elsewhere =
      0;  // of them: in memory that is no block of malloc's, where nothing can be proven
  std::uint64_t unreachable = 0;
  std::uint64_t heap_bytes = 0;  // of blocks
  std::uint64_t root_bytes = 0;
  std::uint64_t duration_ns = 0;
  std::uint64_t pause_ns = 0;
  std::uint32_t tasks = 0;  // that follow
  std::uint32_t unused = 0;
};

// False, and counted with the definitions that found no room, if there is none.
inline bool observe(const Ring& ring, const StallObservation& stall) {
  return append_definition(ring, kObservedStall, &stall, sizeof stall);
}
inline bool observe(const Ring& ring, const SampleObservation& sample,
                    std::span<const std::uint64_t> frames) {
  return append_definition(ring, kObservedSample, &sample, sizeof sample, frames.data(), frames.size_bytes());
}
inline bool observe(const Ring& ring, const WokenObservation& woken, std::string_view names) {
  return append_definition(ring, kObservedWoken, &woken, sizeof woken, names.data(), names.size());
}
inline bool observe(const Ring& ring, const RunQueueObservation& wait) {
  return append_definition(ring, kObservedRunQueue, &wait, sizeof wait);
}

inline bool observe(const Ring& ring, const ReachObservation& found, std::span<const std::uint64_t> tasks) {
  return append_definition(ring, kObservedReach, &found, sizeof found, tasks.data(), tasks.size_bytes());
}

}  // namespace loopscope::record
