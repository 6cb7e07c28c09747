// What the watchdog saw, on its way to the trace: records in the ring's definitions area, which has room for them and
// outlives a killed process. Watchdog thread; the writer and recovery make packets of them.
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

// The payloads, as in loopscope.Stall, StallSample (frames follow), StallWoken and RunQueueWait.
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

}  // namespace loopscope::record
