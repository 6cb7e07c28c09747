#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tests/bench/memcached.h"
#include "tests/bench/paired.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {

// Two servers live side by side, and each round asks both, in turns the one and the other first.
void add_libevent_rows(Run& run_) {
  const char* const kLost = "memcached, preloaded: throughput lost";
  const std::string program = find_memcached();
  if (program.empty()) {
    run_.table.add({.name = kLost, .unit = "%", .note = "not installed: memcached"});
    return;
  }
  constexpr int kRounds = 61, kOperations = 2'003;
  const Memcached plain(program, {});
  const Memcached recorded(
      program, {run_.programs + "/loopscope", "record", "-o", run_.folder + "/memcached.pb", "--"});
  plain.serve(kOperations);
  recorded.serve(kOperations);
  std::vector<double> lost, without_per_s, with_per_s;
  Differences cpu_ns;
  for (int round = 0; round < kRounds; ++round) {
    const bool plain_first = round % 2 == 0;
    const Memcached::Load first = (plain_first ? plain : recorded).serve(kOperations);
    const Memcached::Load second = (plain_first ? recorded : plain).serve(kOperations);
    const Memcached::Load& without = plain_first ? first : second;
    const Memcached::Load& with = plain_first ? second : first;
    lost.push_back(100 * (1 - with.operations_per_s / without.operations_per_s));
    without_per_s.push_back(without.operations_per_s);
    with_per_s.push_back(with.operations_per_s);
    cpu_ns.add(without.cpu_ns, with.cpu_ns);
  }
  const double fastest_with = *std::max_element(with_per_s.begin(), with_per_s.end());
  const double fastest_without = *std::max_element(without_per_s.begin(), without_per_s.end());
  run_.table.add({.name = kLost,
                  .value = median(lost),
                  .best = 100 * (1 - fastest_with / fastest_without),
                  .target = 2,
                  .unit = "%",
                  .note = fmt::format("{:.0f} operations a second beside {:.0f}: a ratio of {:.3f}",
                                      median(with_per_s), median(without_per_s), 1 - median(lost) / 100)});
  const Figure cpu = cpu_ns.figure();
  run_.table.add({.name = "memcached, preloaded: CPU added an operation",
                  .value = cpu.median,
                  .best = cpu.minimum,
                  .unit = "ns",
                  .note = fmt::format("beside {:.0f} ns", cpu_ns.without())});
}

}  // namespace loopscope::bench
