#include <dirent.h>

#include <cmath>
#include <fstream>
#include <memory>

#include "tests/bench/paired.h"
#include "tests/bench/recorder.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

// A loop that never stalls: ticks of some 25 us, four callbacks each. ns of thread CPU a tick.
double tick_ns(loopscope_loop loop, int ticks) {
  std::uint64_t chain = 1;
  const loopscope_task task = loopscope_task_created(a_site());
  const double start = cpu_ns();
  for (int i = 0; i < ticks; ++i) {
    loopscope_poll_begin(loop, 0);
    loopscope_poll_end(loop, 1);
    for (int callback = 0; callback < 4; ++callback) {
      loopscope_span_begin(task);
      chain = work(chain, 6'000);
      loopscope_span_end(task);
    }
  }
  const double ns = (cpu_ns() - start) / ticks;
  keep(chain);
  loopscope_task_finished(task);
  loopscope_loop_left(loop, 0);
  return ns;
}

// ns of CPU that the thread of that name used so far; 0 if there is none.
double cpu_of_thread(const std::string& name) {
  const std::string folder = "/proc/self/task/";
  double ns = 0;
  const std::unique_ptr<DIR, int (*)(DIR*)> tasks(opendir(folder.c_str()), closedir);
  while (const dirent* entry = tasks != nullptr ? readdir(tasks.get()) : nullptr) {
    std::string found;
    std::ifstream(folder + entry->d_name + "/comm") >> found;
    if (found == name) std::ifstream(folder + entry->d_name + "/schedstat") >> ns;
  }
  return ns;
}

constexpr int kTicks = 4'000;

struct Watched {
  double tick_ns = 0;
  double share = 0;  // of one processor, by the watchdog's thread
};

Watched run_loop(const Run& run, std::uint32_t stall_ms) {
  const Recording recording(run.folder + "/watch.pb", {.stall_ms = stall_ms});
  tick_ns(recording.loop(), kTicks / 10);
  const double watchdog = cpu_of_thread("loopscope-watch"), start = wall_ns();
  Watched watched;
  watched.tick_ns = tick_ns(recording.loop(), kTicks);
  watched.share = (cpu_of_thread("loopscope-watch") - watchdog) / (wall_ns() - start);
  return watched;
}

}  // namespace

// Rounds of three: without, with, without. What the two without differ by is what cannot be told from nothing.
void add_watch_rows(Run& run) {
  std::vector<double> with, nothing, shares;
  for (int round = 0; round < 21; ++round) {
    const double first = run_loop(run, LOOPSCOPE_NEVER).tick_ns;
    const Watched watched = run_loop(run, 0);
    const double last = run_loop(run, LOOPSCOPE_NEVER).tick_ns;
    with.push_back(200 * watched.tick_ns / (first + last) - 100);
    nothing.push_back(std::abs(100 * last / first - 100));
    shares.push_back(100 * watched.share);
  }
  const double noise = median(nothing);
  run.table.add({.name = "watchdog: added to a loop that never stalls",
                 .value = median(with),
                 .best = minimum(with),
                 .target = noise,
                 .unit = "%",
                 .note = fmt::format("two runs without it differ by {:.2f} %", noise)});
  run.table.add({.name = "watchdog: processor time of its own, one busy loop",
                 .value = median(shares),
                 .best = minimum(shares),
                 .unit = "%"});
}

}  // namespace loopscope::bench
