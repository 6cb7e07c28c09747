// growing-backlog: places whose number of pending tasks keeps rising, to the end of the trace (see growth.h). Overdue
// tasks are left out: leaked-task has them. So are writes: backpressure has those.
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/growth.h"
#include "viewer/detect/operations.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {

std::vector<Finding> growing_backlog(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> findings;
  const SiteGroups groups(trace);
  const Nanos duration = elapsed(trace.begin, trace.end);
  const double seconds = static_cast<double>(duration) / 1e9;
  const auto is_no_write = [](const model::Site& site) { return !is_write(site); };
  for (GrowingPlace& place : growing_places(trace, limits, groups, is_no_write)) {
    const SiteGroup& group = groups[place.group];
    const Growth& growth = place.growth;
    Finding finding;
    finding.detector = "growing-backlog";
    finding.site = group.site;
    finding.first = trace.begin;
    finding.last = trace.end;
    finding.count = static_cast<std::uint64_t>(std::llround(growth.total));
    finding.price = growth.total * seconds / 2;
    finding.tasks = std::move(place.examples);
    finding.title = fmt::format("Pending {} tasks keep rising, from {:.0f} to {:.0f}",
                                trace.sites[group.site].kind, growth.start, growth.end);
    finding.evidence = {{"growth", static_cast<double>(finding.count), "tasks"},
                        {"growth_rate", place.per_second, "1/s"},
                        {"created_rate", static_cast<double>(group.created) / seconds, "1/s"},
                        {"finished_rate", static_cast<double>(group.finished) / seconds, "1/s"},
                        {"pending_at_end", static_cast<double>(place.pending), "tasks"},
                        {"trend_score", growth.score, "sigma"}};
    if (group.finished > 0) {
      finding.evidence.push_back({"lifetime_p99", to_ms(group.lifetime_p99), "ms"});
      finding.evidence.push_back({"queue_delay_p99", to_ms(group.queue_p99), "ms"});
    }
    if (to_ms(duration) < limits.short_trace_ms) {
      finding.advice = fmt::format(
          "Not enough evidence: the trace is only {} long, and a start looks like growth. "
          "Record for longer.",
          duration_text(duration));
    } else {
      finding.severity = growth.total >= limits.backlog_critical ? Severity::critical : Severity::warning;
      finding.advice =
          group.one_shot
              ? "They are started faster than they finish. Bound how many may be under way and make "
                "the source wait, or refuse what is too much."
              : "Subscriptions are added and not removed. Stop each of them when its owner goes away, "
                "or share one.";
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace loopscope::detect
