// backpressure: producers that outrun their consumers: queues that grow.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> backpressure(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
