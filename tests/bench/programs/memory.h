// The resident memory of this process, from /proc: of this program alone, unlike what a parent sees in rusage,
// which begins with the parent's own.
#pragma once

#include <fstream>
#include <string>

namespace loopscope::bench {

// In bytes; 0 if the kernel does not say.
inline double memory_of(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == field && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}
inline double resident_bytes() { return memory_of("VmRSS:"); }
inline double peak_resident_bytes() { return memory_of("VmHWM:"); }

}  // namespace loopscope::bench
