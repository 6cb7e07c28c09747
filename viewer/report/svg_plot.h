// A curve over the time of the trace as inline SVG, with its highest value and its time axis in words. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "viewer/base/units.h"

namespace loopscope::report {

struct PlotWords {
  std::string_view title;  // markup
  std::string most;        // what the upper edge stands for, "307 ms"
  std::string label;       // for those who do not see it
};

// `values` are equal slices of the trace and not negative; `top` is at the upper edge. "" without a value above 0.
std::string plot_svg(std::span<const double> values, double top, const PlotWords& words, Nanos duration);

}  // namespace loopscope::report
