// await-churn: places that start very many tiny tasks.
#include <vector>

#include "viewer/detect/detectors.h"

namespace loopscope::detect {

std::vector<Finding> await_churn(const model::Trace&, const Limits&) { return {}; }

}  // namespace loopscope::detect
