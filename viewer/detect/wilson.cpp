#include "viewer/detect/wilson.h"

#include <algorithm>
#include <cmath>

namespace loopscope::detect {

Interval wilson_interval(double share, double samples) {
  if (!(samples > 0)) return {0, 100};
  constexpr double kZ = 1.959964;  // 97.5 % of a normal distribution lie below
  const double p = std::clamp(share / 100, 0.0, 1.0);
  const double z2 = kZ * kZ / samples;
  const double middle = (p + z2 / 2) / (1 + z2);
  const double half = kZ * std::sqrt(p * (1 - p) / samples + z2 / (4 * samples)) / (1 + z2);
  return {100 * std::max(middle - half, 0.0), 100 * std::min(middle + half, 1.0)};
}

}  // namespace loopscope::detect
