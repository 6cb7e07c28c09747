// slow-io: idle loops whose requests are slow: what they wait for.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> slow_io(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
