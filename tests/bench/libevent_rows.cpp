#include <fmt/format.h>

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tests/bench/memcached.h"
#include "tests/bench/paired.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

// Two processes of one program differ by a percent for as long as they live, by where their memory lies. So many pairs, each
// of many short rounds.
constexpr int kPairs = 30, kRounds = 30, kOperations = 211;

// While it lives, this thread and whatever it starts share one processor.
class OneProcessor {
 public:
  OneProcessor() {
    sched_getaffinity(0, sizeof before_, &before_);
    for (int i = CPU_SETSIZE; i-- > 0;) {
      if (!CPU_ISSET(i, &before_)) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(i, &one);
      sched_setaffinity(0, sizeof one, &one);
      return;
    }
  }
  ~OneProcessor() { sched_setaffinity(0, sizeof before_, &before_); }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  cpu_set_t before_;
};

struct Pair {
  double lost;  // %: the median of the rounds
  double without_per_s, with_per_s, without_cpu_ns, with_cpu_ns;
};

// Each round asks both, in turns the one and the other first.
Pair measure_pair(const std::string& program, const Texts& recorder, bool plain_first) {
  const Memcached first(program, plain_first ? Texts{} : recorder);
  const Memcached second(program, plain_first ? recorder : Texts{});
  const Memcached& plain = plain_first ? first : second;
  const Memcached& recorded = plain_first ? second : first;
  for (int i = 0; i < 5; ++i) {
    plain.serve(kOperations);
    recorded.serve(kOperations);
  }
  std::vector<double> lost, without_per_s, with_per_s;
  const double plain_cpu_ns = plain.cpu_ns(), recorded_cpu_ns = recorded.cpu_ns();
  for (int round = 0; round < kRounds; ++round) {
    const bool first_now = round % 2 == 0;
    const double one = (first_now ? plain : recorded).serve(kOperations);
    const double other = (first_now ? recorded : plain).serve(kOperations);
    without_per_s.push_back(first_now ? one : other);
    with_per_s.push_back(first_now ? other : one);
    lost.push_back(100 * (1 - with_per_s.back() / without_per_s.back()));
  }
  constexpr double kAll = double{kRounds} * Memcached::kClients * kOperations;
  return {median(lost), median(without_per_s), median(with_per_s), (plain.cpu_ns() - plain_cpu_ns) / kAll,
          (recorded.cpu_ns() - recorded_cpu_ns) / kAll};
}

// Between which two the median of all such pairs lies, in 19 of 20 runs (order statistics, the binomial's normal
// approximation).
std::pair<double, double> interval_of_median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  const double middle = static_cast<double>(numbers.size()) / 2;
  const double half = 1.96 * std::sqrt(middle / 2);
  const auto low = static_cast<std::size_t>(std::max(middle - half, 0.0));
  return {numbers[low], numbers[numbers.size() - 1 - low]};
}

}  // namespace

void add_libevent_rows(Run& run_) {
  const char* const kLost = "memcached, preloaded: throughput lost";
  const std::string program = find_memcached();
  if (program.empty()) {
    run_.table.add({.name = kLost, .unit = "%", .note = "not installed: memcached"});
    return;
  }
  const Texts recorder{run_.programs + "/loopscope", "record", "-o", run_.folder + "/memcached.pb", "--"};
  const OneProcessor one_processor;
  std::vector<double> lost, without_per_s, with_per_s;
  Differences cpu_ns;
  for (int i = 0; i < kPairs; ++i) {
    const Pair pair = measure_pair(program, recorder, i % 2 == 0);
    lost.push_back(pair.lost);
    without_per_s.push_back(pair.without_per_s);
    with_per_s.push_back(pair.with_per_s);
    cpu_ns.add(pair.without_cpu_ns, pair.with_cpu_ns);
  }
  const auto [low, high] = interval_of_median(lost);
  run_.table.add({.name = kLost,
                  .value = median(lost),
                  .target = 2,
                  .unit = "%",
                  .note = fmt::format("95 %: {:.1f} to {:.1f}; {:.0f} operations a second beside {:.0f}", low,
                                      high, median(with_per_s), median(without_per_s))});
  const Figure cpu = cpu_ns.figure();
  run_.table.add({.name = "memcached, preloaded: CPU added an operation",
                  .value = cpu.median,
                  .best = cpu.minimum,
                  .unit = "ns",
                  .note = fmt::format("beside {:.0f} ns", cpu_ns.without())});
}

}  // namespace loopscope::bench
