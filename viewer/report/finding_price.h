// What a finding costs, in the number that says most about it: for cards, and for comparing two traces. Pure.
#pragma once

#include <string>

#include "viewer/detect/finding.h"

namespace loopscope::report {

struct FindingPrice {
  const detect::Evidence* evidence = nullptr;  // the finding's; nullptr if it has none that is a price
  // Twice as long a trace has twice as much of it; else it is an extreme.
  bool sums_up = true;
  std::string text;  // "333 ms blocked", "83 tasks retained"; "" if nothing can be said
};

FindingPrice price_of(const detect::Finding& finding);

}  // namespace loopscope::report
