// A stretch of time that is looked at.
#pragma once

#include <algorithm>

#include "viewer/base/units.h"

namespace loopscope::view {

struct TimeRange {
  Time from = 0;
  Time to = 0;

  Nanos length() const { return subtract_saturating(to, from); }
  bool contains(Time at) const { return at >= from && at < to; }
  bool touches(Time begin, Time end) const { return begin < to && end > from; }
  bool operator==(const TimeRange&) const = default;
};

}  // namespace loopscope::view
