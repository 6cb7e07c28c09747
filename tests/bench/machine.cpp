#include "tests/bench/machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>
#include <thread>

namespace loopscope::bench {
namespace {

// What follows `key` and `separator` in the first such line of a file; "" if there is none.
std::string value_in(const char* file, const std::string& key, char separator) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(separator);
    if (line.rfind(key, 0) != 0 || at == std::string::npos) continue;
    const auto begin = line.find_first_not_of(" \t\"", at + 1);
    if (begin == std::string::npos) return "";
    return line.substr(begin, line.find_last_not_of(" \t\"") + 1 - begin);
  }
  return "";
}

std::string first_line(const char* file) {
  std::ifstream lines(file);
  std::string line;
  std::getline(lines, line);
  return line;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> machine() {
  utsname kernel{};
  uname(&kernel);
  const double memory_kb = std::atof(value_in("/proc/meminfo", "MemTotal", ':').c_str());
  const bool virtual_machine =
      value_in("/proc/cpuinfo", "flags", ':').find(" hypervisor") != std::string::npos;
  return {
      {"processor",
       fmt::format("{}, {} logical processors{}", value_in("/proc/cpuinfo", "model name", ':'),
                   std::thread::hardware_concurrency(), virtual_machine ? " of a virtual machine" : "")},
      {"memory", fmt::format("{:.0f} GiB", memory_kb / 1024 / 1024)},
      {"kernel", fmt::format("{} {} ({})", kernel.sysname, kernel.release, kernel.machine)},
      {"clock source", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
      {"system", value_in("/etc/os-release", "PRETTY_NAME", '=')},
      {"compiler", fmt::format("{} {}",
#if defined(__clang__)
                               "clang",
#else
                               "gcc",
#endif
                               __VERSION__)},
      {"flags", LOOPSCOPE_BENCH_FLAGS},
  };
}

}  // namespace loopscope::bench
