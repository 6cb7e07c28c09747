// What something costs more than the same without it: every round measures both, one after the other, and the control
// around them.
#pragma once

#include <vector>

#include "tests/bench/rounds.h"

namespace loopscope::bench {

struct Added {
  // `median` of the rounds' differences; `minimum` is the fastest round with it less the fastest one without, since
  // the least of many differences would be the one whose other half was disturbed.
  Figure in_controls, ns;
  double without_ns = 0;  // median
};

// `without` and `with` return ns an operation; `before` is not measured.
template <class Before, class Without, class With>
Added paired(Control& control, int rounds, Before before, Without without, With with) {
  std::vector<double> ratios, differences, withs, withouts, controls;
  before();
  without();  // warms up
  with();
  for (int round = 0; round < rounds; ++round) {
    before();
    controls.push_back(control.measure());
    withouts.push_back(without());
    withs.push_back(with());
    differences.push_back(withs.back() - withouts.back());
    const double first = controls.back();
    controls.push_back(control.measure());
    ratios.push_back(2 * differences.back() / (first + controls.back()));
  }
  const double fastest = minimum(withs) - minimum(withouts);
  return {.in_controls = {median(ratios), fastest / minimum(controls)},
          .ns = {median(differences), fastest},
          .without_ns = median(withouts)};
}

// ns of thread CPU an event; `workload` returns its events.
template <class Workload>
double ns_an_event(Workload workload) {
  const double start = cpu_ns();
  const auto events = workload();
  return (cpu_ns() - start) / static_cast<double>(events);
}

}  // namespace loopscope::bench
