// The recorded clock: ticks. Read on host threads for events, so it is inline and never fails. The one file,
// with agent/stack, that knows the processor.
#pragma once

#include <cstdint>
#include <ctime>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace loopscope::record {

inline std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// True if the time stamp counter runs at one rate on all processors and the kernel itself keeps time by it.
bool time_stamp_counter_is_usable();

// Decided once, before the first event; false until then.
extern bool g_use_time_stamp_counter;

// The time stamp counter; to be read only where it is used.
inline std::uint64_t ticks_of_processor() {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return monotonic_ns();
#endif
}

inline std::uint64_t ticks() { return g_use_time_stamp_counter ? ticks_of_processor() : monotonic_ns(); }

struct Anchor {
  std::uint64_t ticks = 0;
  std::uint64_t monotonic_ns = 0;
};

// Both clocks at one instant: the tightest of a few tries. About 300 ns.
Anchor read_anchor();

// Nominal rate, from the processor or a 0.5 ms measurement; the anchors correct it.
std::uint64_t ticks_per_second();

}  // namespace loopscope::record
