// saturated-loop: a loop that has next to no idle time for a good part of the trace. Its own long stalls are other
// detectors' business, and so is a loop that never waits because it was told not to.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

// A longest row of slices in which the loop was busy all the time, but for what `share` leaves.
struct Saturated {
  std::size_t first = 0, slices = 0, in_all = 0;
};

Saturated saturated_slices(const model::Loop& loop, double slice_ns, double share) {
  Saturated longest;
  std::size_t row = 0;
  for (std::size_t i = 0; i < loop.busy_by_slice.size(); ++i) {
    const bool busy = static_cast<double>(loop.busy_by_slice[i]) * 100 >= slice_ns * share;
    row = busy ? row + 1 : 0;
    longest.in_all += busy;
    if (row > longest.slices) {
      longest.slices = row;
      longest.first = i + 1 - row;
    }
  }
  return longest;
}

Nanos time_in_stalls(const model::Trace& trace, model::LoopIndex loop) {
  Nanos time = 0;
  for (const model::Stall& stall : trace.stalls) {
    if (stall.loop == loop) time = add_saturating(time, std::max<Nanos>(stall.duration, 0));
  }
  return time;
}

model::SiteIndex busiest_site(const model::Trace& trace) {
  const auto busiest =
      std::max_element(trace.sites.begin(), trace.sites.end(),
                       [](const model::Site& a, const model::Site& b) { return a.run_ns < b.run_ns; });
  if (busiest == trace.sites.end() || busiest->run_ns == 0) return model::kNoSite;
  return static_cast<model::SiteIndex>(busiest - trace.sites.begin());
}

}  // namespace

std::vector<Finding> saturated_loop(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> findings;
  for (model::LoopIndex index = 0; index < trace.loops.size(); ++index) {
    const model::Loop& loop = trace.loops[index];
    if (loop.busy_by_slice.empty() || loop.ticks == 0) continue;
    const double slice_ns =
        static_cast<double>(trace.duration()) / static_cast<double>(loop.busy_by_slice.size());
    const Saturated saturated = saturated_slices(loop, slice_ns, limits.saturated_busy);
    const auto time = static_cast<Nanos>(slice_ns * static_cast<double>(saturated.slices));
    const double ran_ns = static_cast<double>(std::max<Nanos>(loop.last - loop.first, 1));
    if (time < static_cast<Nanos>(limits.saturated_ms * 1e6)) continue;
    if (static_cast<double>(time) * 100 < ran_ns * limits.saturated_share) continue;
    if (time_in_stalls(trace, index) * 2 >= loop.busy_ns) continue;
    const bool by_choice = loop.zero_timeout_polls * 2 > loop.ticks;

    Finding finding;
    finding.detector = "saturated-loop";
    finding.loop = index;
    finding.severity = by_choice ? Severity::info : Severity::warning;
    finding.site = busiest_site(trace);
    finding.title = fmt::format("{} loop {} was busy without a pause for {}",
                                loop.kind.empty() ? "Event" : loop.kind, loop.id, duration_text(time));
    const double utilization =
        100 * static_cast<double>(loop.busy_ns) /
        static_cast<double>(std::max<Nanos>(add_saturating(loop.busy_ns, loop.idle_ns), 1));
    finding.evidence = {{"busy_in_a_row", to_ms(time), "ms"},
                        {"utilization", utilization, "%"},
                        {"ticks", static_cast<double>(loop.ticks), "ticks"},
                        {"polls_without_waiting", static_cast<double>(loop.zero_timeout_polls), "polls"},
                        {"lag_p99", to_ms(loop.lag.quantile(0.99)), "ms"}};
    finding.first = trace.begin + static_cast<Nanos>(slice_ns * static_cast<double>(saturated.first));
    finding.last = add_saturating(finding.first, time);
    finding.count = saturated.in_all;
    finding.price = static_cast<double>(loop.lag.sum()) / 1e9;
    finding.advice = by_choice ? "The loop polls without waiting: an idle handle, or something that is "
                                 "always ready, keeps it awake. "
                                 "That is a choice or a mistake; the machine pays for it either way."
                               : "More is asked of this loop than one thread can do. Move work to other "
                                 "threads or loops; the tasks "
                                 "started here take the most of its time.";
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace loopscope::detect
