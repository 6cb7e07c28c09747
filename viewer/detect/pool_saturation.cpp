// pool-saturation: work that waits longer for a thread of a pool than it runs.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> pool_saturation(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
