// congestion: no callback is long, yet the loop is away for longer than the limit, since one tick runs too many of them.
#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/blocked.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"
#include "viewer/detect/stall_sorting.h"

namespace loopscope::detect {
namespace {

// The place whose callbacks took the most time in all: of single ticks the model keeps no list.
model::SiteIndex busiest_place(const model::Trace& trace) {
  const SiteGroups places(trace);
  model::SiteIndex busiest = model::kNoSite;
  Nanos most = 0;
  for (std::size_t group = 0; group < places.size(); ++group) {
    Nanos run = 0;
    for (const model::SiteIndex site : places[group].members)
      run = add_saturating(run, trace.sites[site].run_ns);
    if (run > most && places[group].judged) {
      most = run;
      busiest = places[group].site;
    }
  }
  return busiest;
}

std::string loop_text(const model::Loop& loop) {
  return fmt::format("{} loop {}", loop.kind.empty() ? "event" : loop.kind, loop.id);
}

}  // namespace

std::vector<Finding> congestion(const model::Trace& trace, const Limits& limits) {
  const std::vector<SortedStall> sorted = sort_stalls(trace, limits.call_explains);
  std::map<model::LoopIndex, Blocked> by_loop;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i].fault == Fault::ticks) by_loop[trace.stalls[i].loop].add(trace.stalls[i]);
  }
  const Waits waits(trace);
  std::vector<Finding> findings;
  for (const auto& [loop, blocked] : by_loop) {
    if (loop >= trace.loops.size()) continue;
    Finding finding;
    finding.detector = "congestion";
    finding.loop = loop;
    finding.site = busiest_place(trace);
    tell_cost(blocked, waits, trace, limits, finding);
    finding.title = fmt::format("Ticks of {} are long without a long callback: {}",
                                loop_text(trace.loops[loop]), length_text(blocked));
    const Histogram& busy = trace.loops[loop].tick_busy;
    finding.evidence.push_back({"tick_busy_p99", to_ms(busy.quantile(0.99)), "ms"});
    finding.advice = finding.site == model::kNoSite
                         ? "What the loop does between its callbacks, or callbacks that are not recorded, "
                           "take the time. Record with "
                           "the adapter of this loop's library."
                         : "Many short callbacks run in one tick, most of the time those started here. Start "
                           "fewer at once, or let "
                           "the loop poll between batches.";
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace loopscope::detect
