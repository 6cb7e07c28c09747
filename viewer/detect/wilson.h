// How sure a share is that was estimated from samples. Used by detectors that judge by samples of stacks. Pure.
#pragma once

#include "viewer/detect/finding.h"

namespace loopscope::detect {

// Wilson score interval, 95 %, of a share in % seen in `samples` independent ones (weighted samples: as many as would be
// as good, which need not be a whole number). 0 to 100 % without samples. E. B. Wilson, JASA 22 (1927).
Interval wilson_interval(double share, double samples);

}  // namespace loopscope::detect
