// Reading findings in tests.
#pragma once

#include <cmath>
#include <string_view>

#include "viewer/detect/finding.h"

namespace loopscope::detect {

// The evidence of that name; NaN, which equals nothing, if there is none.
inline double evidence(const Finding& finding, std::string_view name) {
  for (const Evidence& one : finding.evidence) {
    if (one.name == name) return one.value;
  }
  return std::nan("");
}

}  // namespace loopscope::detect
