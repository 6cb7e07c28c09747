// Time in the model: nanoseconds since the trace's first clock anchor. Everybody above the trace reader
// uses these; ticks of the recorded clock end in viewer/trace.
#pragma once

#include <cstdint>
#include <limits>

namespace loopscope {

// A duration in ns. Signed, so that differences are safe.
using Nanos = std::int64_t;

// An instant: ns since the first clock anchor of the trace. Negative only before it.
using Time = std::int64_t;

// "Did not happen" for an instant: later than anything.
inline constexpr Time kNever = std::numeric_limits<Time>::max();

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

// Sums of what a trace says stay defined whatever it says.
inline constexpr Nanos add_saturating(Nanos a, Nanos b) {
  Nanos sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<Nanos>::min() : std::numeric_limits<Nanos>::max();
}

inline constexpr Nanos subtract_saturating(Nanos a, Nanos b) {
  Nanos difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? std::numeric_limits<Nanos>::max() : std::numeric_limits<Nanos>::min();
}

// In %; 0 of nothing.
inline constexpr double percent_of(Nanos part, Nanos whole) {
  return whole > 0 ? 100 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

inline constexpr std::uint64_t add_bytes(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
}

inline constexpr double to_ms(Nanos ns) { return static_cast<double>(ns) / 1e6; }

}  // namespace loopscope
