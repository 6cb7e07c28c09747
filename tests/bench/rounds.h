// How a figure is made of rounds: clocks, medians, and the control that every time is divided by.
#pragma once

#include <x86intrin.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

namespace loopscope::bench {

// Keeps the compiler from removing or moving what makes `value`.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

inline double ns_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}
inline double wall_ns() { return ns_of(CLOCK_MONOTONIC); }
// Of the calling thread: time for which another program had the processor does not count.
inline double cpu_ns() { return ns_of(CLOCK_THREAD_CPUTIME_ID); }

inline double median(std::vector<double> numbers) {
  if (numbers.empty()) return 0;
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

inline double minimum(const std::vector<double>& numbers) {
  return numbers.empty() ? 0 : *std::min_element(numbers.begin(), numbers.end());
}

struct Figure {
  double median = 0;
  double minimum = 0;
};
inline Figure figure_of(const std::vector<double>& rounds) { return {median(rounds), minimum(rounds)}; }

// ns per rdtsc in a loop, measured again around every round, so that a phase in which the processor is slower
// or shared is in both sides of a ratio.
class Control {
 public:
  double measure() {
    constexpr int kReads = 20'000;
    const double start = cpu_ns();
    for (int i = 0; i < kReads; ++i) keep(__rdtsc());
    measured_.push_back((cpu_ns() - start) / kReads);
    return measured_.back();
  }
  double median_ns() const { return bench::median(measured_); }

  // `ns()` measures ns an operation; each round is divided by the controls before and after it. `before` is not
  // measured.
  template <class Before, class Ns>
  Figure ratio(int rounds, Before before, Ns ns) {
    std::vector<double> ratios, took, controls;
    before();
    ns();  // warms up
    for (int round = 0; round < rounds; ++round) {
      before();
      const double first = measure();
      took.push_back(ns());
      const double second = measure();
      ratios.push_back(2 * took.back() / (first + second));
      controls.insert(controls.end(), {first, second});
    }
    return {bench::median(ratios), minimum(took) / bench::median(controls)};
  }

 private:
  std::vector<double> measured_;
};

}  // namespace loopscope::bench
