// ignored-cancellation: tasks that went on after they were asked to stop.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> ignored_cancellation(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
