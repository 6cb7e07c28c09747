#include <sstream>

#include "tests/bench/process.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

struct Seen {
  double until_main_ms = 0;
  double whole_ms = 0;
  double timer_ns = 0;
};

Seen seen_of(const Finished& finished) {
  std::istringstream output(finished.output);
  double main_began_ns = 0;
  Seen seen;
  output >> main_began_ns >> seen.timer_ns;
  seen.until_main_ms = (main_began_ns - finished.start_ns) / 1e6;
  seen.whole_ms = finished.wall_ms;
  return seen;
}

}  // namespace

void add_libuv_rows(Run& run_) {
  const std::string program = run_.programs + "/bench_uv_timers";
  const auto plain = [&](const char* count) { return seen_of(run({program, count})); };
  const auto recorded = [&](const char* count) {
    return seen_of(run(
        {run_.programs + "/loopscope", "record", "-o", run_.folder + "/uv_timers.pb", "--", program, count}));
  };
  std::vector<double> timers, starts, wholes;
  for (int round = 0; round < 15; ++round) {
    const Seen without = plain("300000");
    timers.push_back(recorded("300000").timer_ns - without.timer_ns);
    const Seen empty = plain("0");
    const Seen with = recorded("0");
    starts.push_back(with.until_main_ms - empty.until_main_ms);
    wholes.push_back(with.whole_ms - empty.whole_ms);
  }
  const auto add = [&](const char* name, const std::vector<double>& rounds, double target, const char* unit) {
    const Figure figure = figure_of(rounds);
    run_.table.add(
        {.name = name, .value = figure.median, .best = figure.minimum, .target = target, .unit = unit});
  };
  add("libuv timer start + fire, preloaded: added", timers, 40, "ns");
  add("loopscope record: added until the program's main", starts, 30, "ms");
  add("loopscope record: added to an empty program's run", wholes, kNone, "ms");
}

}  // namespace loopscope::bench
