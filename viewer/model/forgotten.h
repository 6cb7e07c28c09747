// What is left of a site's tasks that finished and are not in the table any more, because the trace was read as a
// stream. Filled by viewer/trace, read by detectors: sums and extremes, so that they come to the same as if the tasks
// were there. Never among them: tasks that are pending, and tasks given up behind the program's last sign of life.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "viewer/base/histogram.h"
#include "viewer/base/units.h"
#include "viewer/model/pending_curve.h"

namespace loopscope::model {

struct Forgotten {
  static constexpr Time kNone = std::numeric_limits<Time>::min();

  std::uint64_t tasks = 0;
  Time last_completed = kNone;         // finished with ok or error
  Time last_given_up_created = kNone;  // of those that were cancelled or abandoned
  Histogram lifetime;
  PendingCurve pending;
  // Abandoned ones, but for those near the trace's end: see ReadOptions::abandoned_until.
  std::uint64_t abandoned = 0;
  Time first_abandoned = kNever;
  Time last_abandoned = kNone;
  Nanos abandoned_age = 0;  // all together, saturating
};

}  // namespace loopscope::model
