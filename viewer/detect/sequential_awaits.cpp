// sequential-awaits: similar tasks awaited one by one that could run at once.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> sequential_awaits(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
