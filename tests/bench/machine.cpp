#include "tests/bench/machine.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "tests/bench/rounds.h"

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

// Of all processors, since the machine started: everything but waiting.
double busy_seconds() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, softly = 0, stolen = 0;
  stat >> cpu >> user >> nice >> system >> idle >> waiting >> interrupts >> softly >> stolen;
  return (user + nice + system + interrupts + softly + stolen) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// Of this process and the children it has waited for.
double own_seconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }
  }
  return seconds;
}

}  // namespace

OthersBusy::OthersBusy() : all_s_(busy_seconds()), ours_s_(own_seconds()), wall_s_(wall_ns() / 1e9) {}

double OthersBusy::processors() const {
  const double others = busy_seconds() - all_s_ - (own_seconds() - ours_s_);
  return std::max(0.0, others / (wall_ns() / 1e9 - wall_s_));
}

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
