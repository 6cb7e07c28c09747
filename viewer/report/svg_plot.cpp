#include "viewer/report/svg_plot.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/report/markup.h"

namespace loopscope::report {
namespace {

constexpr double kHeight = 100;  // units; the page stretches the picture, and words stand outside of it

// Steps from slice to slice: what happened within one has no slope.
std::string outline(std::span<const double> values, double top) {
  std::string path;
  double last = -1;
  for (std::size_t at = 0; at < values.size(); ++at) {
    const double share = std::clamp(values[at] / top, 0.0, 1.0);
    // What is there at all is seen.
    const double y = share > 0 ? std::min(kHeight * (1 - share), kHeight - 1) : kHeight;
    if (path.empty())
      path = fmt::format("M0 {:.1f}", y);
    else if (y != last)
      path += fmt::format("H{}V{:.1f}", at, y);
    last = y;
  }
  return path + fmt::format("H{}", values.size());
}

}  // namespace

std::string plot_svg(std::span<const double> values, double top, const PlotWords& words, Nanos duration) {
  const bool any = std::any_of(values.begin(), values.end(), [](double value) { return value > 0; });
  if (!any || !(top > 0) || !std::isfinite(top)) return "";
  const std::string line = outline(values, top);
  return fmt::format(
      "<figure class=\"plot\"><figcaption><b>{}</b> <span class=\"most\">{}</span></figcaption>"
      "<svg viewBox=\"0 0 {} 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">"
      "<path class=\"area\" d=\"{}V100H0Z\"/><path class=\"line\" d=\"{}\"/></svg>"
      "<div class=\"axis\"><span>0</span><span>{}</span><span>{}</span></div></figure>\n",
      words.title, escaped(words.most), values.size(), escaped(words.label), line, line,
      duration_text(duration / 2), duration_text(duration));
}

}  // namespace loopscope::report
