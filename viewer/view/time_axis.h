// A stretch of time laid over pixels: where an instant stands, where the labels go, and what zooming and dragging do.
// Exact from years to nanoseconds: instants are whole nanoseconds, and only differences become floating point.
#pragma once

#include <string>
#include <vector>

#include "viewer/view/time_range.h"

namespace loopscope::view {

class TimeAxis {
 public:
  // Precondition: width > 0.
  TimeAxis(TimeRange range, float width);

  const TimeRange& range() const { return range_; }
  float width() const { return width_; }
  double ns_per_pixel() const { return ns_per_pixel_; }

  // Pixels from the left edge; beyond the range it is bounded to some screens away.
  float x(Time at) const;
  // The instant under that pixel, within the range or not.
  Time time(float x) const;

  struct Mark {
    float x = 0;
    std::string label;  // "" for one between labelled ones
  };
  // Round instants (1, 2, 5 times a power of ten of a second) with labels at least `apart` pixels from each other, told
  // since `origin`. The unit fits the step: "1.204 350 s" never, "204.35 ms" instead.
  std::vector<Mark> marks(Time origin, float apart) const;

 private:
  TimeRange range_;
  float width_;
  double ns_per_pixel_;
};

// `factor` < 1 zooms in; what is under `at` stays there.
TimeRange zoomed(TimeRange range, Time at, double factor);
TimeRange moved(TimeRange range, double share);  // of its length; > 0: to later times

// An instant since `origin`, with as many digits as `step` tells apart: "1.2043 s".
std::string instant_text(Nanos since_origin, Nanos step);

}  // namespace loopscope::view
