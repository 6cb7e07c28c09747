// gc-pressure: pauses of a runtime, and what they take of the busy time.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> gc_pressure(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
