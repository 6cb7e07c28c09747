// The samples of stalls as a flame graph in inline SVG: who called whom, as wide as it blocked. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "viewer/report/stall_profiles.h"

namespace loopscope::report {

struct FlameSvg {
  std::string svg;           // "" without a sample
  std::size_t boxes = 0;     // in the picture
  std::size_t left_out = 0;  // too narrow to be seen, or more than fit into `bytes`
  Nanos total = 0;           // of all samples: the width of the picture
};

// Outermost on top, heaviest on the left, equal ones by name; functions of one name are one box wherever they were called
// from the same callers. Widths are shares of the page, so that it fits any screen; each box tells its name and time
// without a script as well.
FlameSvg flame_svg(const StallProfiles& profiles, std::size_t bytes);

}  // namespace loopscope::report
