// growing-backlog: places whose number of pending tasks keeps rising, to the end of the trace. A robust trend
// (Mann-Kendall for whether, Theil-Sen for how much) over the mean pending count of equal slices; the last
// slice is left out, since an exit cancels what is pending. Overdue tasks are left out too: leaked-task has them.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"
#include "viewer/detect/trend.h"

namespace loopscope::detect {
namespace {

using model::PendingCurve;

constexpr std::size_t kTrendSlices = PendingCurve::kSlices;
constexpr std::size_t kUsed = kTrendSlices - 1;
constexpr std::uint32_t kNotCounted = std::numeric_limits<std::uint32_t>::max();

double growth_limit(const SiteGroup& group, const Limits& limits) {
  return group.one_shot ? limits.backlog_growth : limits.backlog_subscriptions;
}

// A count that grows by G has a mean of G / 2 at least, and Little's law gives the mean without a look at the
// tasks: most places are done with here.
bool may_have_grown(const SiteGroup& group, Nanos duration, const Limits& limits) {
  if (!group.judged || static_cast<double>(group.created) < growth_limit(group, limits)) return false;
  const double mean_of_finished = static_cast<double>(group.lifetime_sum) / static_cast<double>(duration);
  return mean_of_finished + static_cast<double>(group.pending()) >= growth_limit(group, limits) / 3;
}

struct Growth {
  double score = 0;  // Mann-Kendall, sigma
  double total = 0;  // over the used slices, by Theil-Sen
  double start = 0;
  double end = 0;
  bool found = false;
};

Growth growth_of(std::span<const double> mean, double limit, const Limits& limits) {
  Growth growth;
  const std::size_t half = mean.size() / 2;
  growth.score = mann_kendall(mean);
  growth.total = theil_sen(mean) * static_cast<double>(mean.size() - 1);
  const double late = theil_sen(mean.subspan(half)) * static_cast<double>(mean.size() - 1 - half);
  double sum = 0;
  double most = 0;
  for (const double value : mean) sum += value, most = std::max(most, value);
  growth.start = mean.front();
  growth.end = mean.back();
  growth.found = growth.score > limits.backlog_confidence && growth.total >= limit &&
                 growth.total >= limits.backlog_share / 100 * sum / static_cast<double>(mean.size()) &&
                 late >= limits.backlog_late_share / 100 * growth.total && growth.end >= 0.5 * most;
  return growth;
}

}  // namespace

std::vector<Finding> growing_backlog(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> findings;
  const Nanos duration = elapsed(trace.begin, trace.end);
  if (duration < static_cast<Nanos>(kTrendSlices) || duration == kNever - 1) return findings;
  const SiteGroups groups(trace);
  std::vector<std::uint32_t> curve_of_group(groups.size(), kNotCounted);
  std::vector<std::uint32_t> counted;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (groups[group].site >= trace.sites.size() || !may_have_grown(groups[group], duration, limits))
      continue;
    curve_of_group[group] = static_cast<std::uint32_t>(counted.size());
    counted.push_back(group);
  }
  if (counted.empty()) return findings;

  struct Examples {
    std::vector<model::TaskIndex> tasks;
    std::uint64_t pending = 0;
  };
  std::vector<PendingCurve> curves(counted.size());
  std::vector<Examples> examples(counted.size());
  const Overdue overdue(trace, limits, groups);
  const model::TaskTable& tasks = trace.tasks;
  for (model::TaskIndex task = 0; task < tasks.size(); ++task) {
    const std::uint32_t at = curve_of_group[groups.of(tasks.site(task))];
    if (at == kNotCounted || overdue(task)) continue;
    const bool pending = tasks.pending(task);
    curves[at].add(tasks.created(task), tasks.finished(task), trace.begin, trace.end);
    if (pending) {
      ++examples[at].pending;
      if (examples[at].tasks.size() < kMaxExamples) examples[at].tasks.push_back(task);
    }
  }

  for (model::SiteIndex site = 0; site < trace.forgotten.size(); ++site) {
    const std::uint32_t at = curve_of_group[groups.of(site)];
    if (at != kNotCounted) curves[at].merge(trace.forgotten[site].pending);
  }

  for (std::size_t at = 0; at < counted.size(); ++at) {
    const SiteGroup& group = groups[counted[at]];
    const std::array<double, kTrendSlices> mean = curves[at].means();
    const Growth growth = growth_of(std::span(mean).first(kUsed), growth_limit(group, limits), limits);
    if (!growth.found) continue;
    const double seconds = static_cast<double>(duration) / 1e9;
    // From the middle of the first used slice to the middle of the last.
    const double used_seconds = seconds * static_cast<double>(kUsed - 1) / static_cast<double>(kTrendSlices);
    Finding finding;
    finding.detector = "growing-backlog";
    finding.site = group.site;
    finding.first = trace.begin;
    finding.last = trace.end;
    finding.count = static_cast<std::uint64_t>(std::llround(growth.total));
    finding.price = growth.total * seconds / 2;
    finding.tasks = std::move(examples[at].tasks);
    finding.title = fmt::format("Pending {} tasks keep rising, from {:.0f} to {:.0f}",
                                trace.sites[group.site].kind, growth.start, growth.end);
    finding.evidence = {{"growth", static_cast<double>(finding.count), "tasks"},
                        {"growth_rate", growth.total / used_seconds, "1/s"},
                        {"created_rate", static_cast<double>(group.created) / seconds, "1/s"},
                        {"finished_rate", static_cast<double>(group.finished) / seconds, "1/s"},
                        {"pending_at_end", static_cast<double>(examples[at].pending), "tasks"},
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
