// unhandled-failure: failures that nobody awaited or observed.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> unhandled_failure(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
