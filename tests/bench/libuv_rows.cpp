#include <sstream>

#include "tests/bench/paired.h"
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
  Differences timer_ns, until_main_ms, whole_ms;
  for (int round = 0; round < 21; ++round) {
    timer_ns.add(plain("100000").timer_ns, recorded("100000").timer_ns);
    const Seen empty = plain("0");
    const Seen with = recorded("0");
    until_main_ms.add(empty.until_main_ms, with.until_main_ms);
    whole_ms.add(empty.whole_ms, with.whole_ms);
  }
  const auto add = [&](const char* name, const Differences& rounds, double target, const char* unit) {
    const Figure figure = rounds.figure();
    run_.table.add(
        {.name = name, .value = figure.median, .best = figure.minimum, .target = target, .unit = unit});
  };
  add("libuv timer start + fire, preloaded: added", timer_ns, 40, "ns");
  add("loopscope record: added until the program's main", until_main_ms, 30, "ms");
  add("loopscope record: added to an empty program's run", whole_ms, kNone, "ms");
}

}  // namespace loopscope::bench
