// await-cycle: tasks that wait for each other: they never go on.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> await_cycle(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
