#include "agent/record/clock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace loopscope::record {

bool g_use_time_stamp_counter = false;

bool time_stamp_counter_is_usable() {
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  const unsigned kAdvancedPowerManagement = 0x80000007u;
  if (!__get_cpuid(kAdvancedPowerManagement, &eax, &ebx, &ecx, &edx) || !(edx & (1u << 8))) return false;
  // The kernel drops this clock source when it finds processors that disagree; it knows best.
  int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char name[16] = {};
  ssize_t got = read(fd, name, sizeof name - 1);
  close(fd);
  return got >= 3 && std::strncmp(name, "tsc", 3) == 0;
#else
  return false;
#endif
}

Anchor read_anchor() {
  Anchor best;
  std::uint64_t best_width = UINT64_MAX;
  for (int attempt = 0; attempt < 4; ++attempt) {
    const std::uint64_t before = ticks();
    const std::uint64_t now = monotonic_ns();
    const std::uint64_t after = ticks();
    if (after - before < best_width) {
      best_width = after - before;
      best = {before + (after - before) / 2, now};
    }
  }
  return best;
}

std::uint64_t ticks_per_second() {
  if (!g_use_time_stamp_counter) return 1'000'000'000u;
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  const unsigned kTimeStampCounterRatio = 0x15u;
  if (__get_cpuid(kTimeStampCounterRatio, &eax, &ebx, &ecx, &edx) && eax && ebx && ecx) {
    return static_cast<std::uint64_t>(ecx) * ebx / eax;
  }
#endif
  const Anchor first = read_anchor();
  Anchor second = first;
  while (second.monotonic_ns - first.monotonic_ns < 500'000u) second = read_anchor();
  return (second.ticks - first.ticks) * 1'000'000'000u / (second.monotonic_ns - first.monotonic_ns);
}

}  // namespace loopscope::record
