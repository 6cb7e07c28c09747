// orphaned-siblings: siblings that run on after a failure gave up their group.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> orphaned_siblings(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
