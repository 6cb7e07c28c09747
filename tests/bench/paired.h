// What something costs more than the same without it: every round measures both, one after the other.
#pragma once

#include <vector>

#include "tests/bench/rounds.h"

namespace loopscope::bench {

// The rounds' differences. The minimum is the fastest round with it less the fastest one without, since the least of many
// differences would be the one whose other half was disturbed.
class Differences {
 public:
  void add(double without, double with) {
    without_.push_back(without);
    with_.push_back(with);
    differences_.push_back(with - without);
  }
  double last() const { return differences_.back(); }
  double without() const { return median(without_); }
  Figure figure() const { return {median(differences_), minimum(with_) - minimum(without_)}; }

 private:
  std::vector<double> without_, with_, differences_;
};

struct Added {
  Figure in_controls, ns;
  double without_ns = 0;  // median
};

// `without` and `with` return ns an operation; `before` is not measured.
template <class Before, class Without, class With>
Added paired(Control& control, int rounds, Before before, Without without, With with) {
  Differences differences;
  std::vector<double> ratios, controls;
  before();
  without();  // warms up
  with();
  for (int round = 0; round < rounds; ++round) {
    before();
    const double first = control.measure();
    const double without_ns = without();
    differences.add(without_ns, with());
    const double second = control.measure();
    controls.insert(controls.end(), {first, second});
    ratios.push_back(2 * differences.last() / (first + second));
  }
  const Figure ns = differences.figure();
  return {.in_controls = {median(ratios), ns.minimum / median(controls)},
          .ns = ns,
          .without_ns = differences.without()};
}

// ns of thread CPU an event; `workload` returns its events.
template <class Workload>
double ns_an_event(Workload workload) {
  const double start = cpu_ns();
  const auto events = workload();
  return (cpu_ns() - start) / static_cast<double>(events);
}

}  // namespace loopscope::bench
