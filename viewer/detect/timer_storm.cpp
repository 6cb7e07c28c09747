// timer-storm: loops that spin without waiting, timers that re-arm at zero.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> timer_storm(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
