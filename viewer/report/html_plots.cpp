#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/model/pending_curve.h"
#include "viewer/report/html_parts.h"
#include "viewer/report/markup.h"
#include "viewer/report/summary.h"
#include "viewer/report/svg_plot.h"

namespace loopscope::report {
namespace {

constexpr std::size_t kMostLoops = 6;

// The mean of each slice; the caption has the peak, which a mean hides.
std::string pending_plot(const model::Trace& trace) {
  model::PendingCurve sum;
  for (const model::Forgotten& forgotten : trace.forgotten) sum.merge(forgotten.pending);
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task)
    sum.add(trace.tasks.created(task), trace.tasks.finished(task), trace.begin, trace.end);
  const auto means = sum.means();
  const double top = *std::max_element(means.begin(), means.end());
  const std::string most = fmt::format("up to {:.{}f} on average, {} at once", top, top < 10 ? 1 : 0,
                                       count_text(trace.peak_pending));
  return plot_svg(means, top, {"pending tasks", most, "pending tasks over time, " + most}, trace.duration());
}

std::vector<double> milliseconds(const std::vector<Nanos>& slices) {
  std::vector<double> values;
  for (const Nanos slice : slices) values.push_back(to_ms(std::max<Nanos>(slice, 0)));
  return values;
}

std::string loop_plots(const model::Trace& trace, const model::Loop& loop) {
  const std::string& own = loop.name.empty() ? loop.thread : loop.name;
  const std::string name = escaped(fmt::format("loop {} {} {}", loop.id, loop.kind, own), 60);
  std::string html;
  if (!loop.worst_lag_by_slice.empty()) {
    const Nanos worst = *std::max_element(loop.worst_lag_by_slice.begin(), loop.worst_lag_by_slice.end());
    const std::string most = "up to " + duration_text(worst);
    html +=
        plot_svg(milliseconds(loop.worst_lag_by_slice), to_ms(worst),
                 {"worst lag, " + name, most, "worst lag of a loop over time, " + most}, trace.duration());
  }
  if (!loop.busy_by_slice.empty() && trace.duration() > 0) {
    const double slice = to_ms(trace.duration()) / static_cast<double>(loop.busy_by_slice.size());
    std::vector<double> shares = milliseconds(loop.busy_by_slice);
    for (double& share : shares) share = std::min(share / slice, 1.0);
    html += plot_svg(shares, 1,
                     {"used, " + name, "edge: 100 %; " + percent_text(utilization(loop)) + " in all",
                      "share of a loop's time that it was busy, over time"},
                     trace.duration());
  }
  return html;
}

}  // namespace

std::string plots_html(const model::Trace& trace) {
  std::string html = pending_plot(trace);
  std::size_t shown = 0;
  std::size_t left_out = 0;
  for (const model::Loop& loop : trace.loops) {
    if (loop.ticks == 0 && loop.lag.count() == 0) continue;
    if (shown == kMostLoops) {
      ++left_out;
      continue;
    }
    ++shown;
    html += loop_plots(trace, loop);
  }
  if (html.empty()) return "";
  if (left_out > 0)
    html += fmt::format("<p class=\"more\">... and {} more loops, in the table below</p>", left_out);
  return "<section id=\"time\"><h2>Over time</h2><div class=\"plots\">\n" + html + "</div></section>\n";
}

}  // namespace loopscope::report
