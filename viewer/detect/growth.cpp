#include "viewer/detect/growth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "viewer/detect/finding.h"
#include "viewer/detect/overdue.h"
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

}  // namespace

double Growth::confidence() const { return 50 * std::erfc(-score / std::sqrt(2.0)); }

Growth growth_of(std::span<const double> mean, double least, const Limits& limits) {
  Growth growth;
  if (mean.empty()) return growth;
  const std::size_t half = mean.size() / 2;
  growth.score = mann_kendall(mean);
  growth.total = theil_sen(mean) * static_cast<double>(mean.size() - 1);
  const double late = theil_sen(mean.subspan(half)) * static_cast<double>(mean.size() - 1 - half);
  double sum = 0;
  double most = 0;
  for (const double value : mean) sum += value, most = std::max(most, value);
  growth.start = mean.front();
  growth.end = mean.back();
  growth.found = growth.score > limits.backlog_confidence && growth.total >= least &&
                 growth.total >= limits.backlog_share / 100 * sum / static_cast<double>(mean.size()) &&
                 late >= limits.backlog_late_share / 100 * growth.total && growth.end >= 0.5 * most;
  return growth;
}

std::vector<GrowingPlace> growing_places(const model::Trace& trace, const Limits& limits,
                                         const SiteGroups& groups, bool (*wanted)(const model::Site&)) {
  const Nanos duration = elapsed(trace.begin, trace.end);
  if (duration < static_cast<Nanos>(kTrendSlices) || duration == kNever - 1) return {};
  std::vector<std::uint32_t> place_of_group(groups.size(), kNotCounted);
  std::vector<GrowingPlace> places;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (groups[group].site >= trace.sites.size() || !wanted(trace.sites[groups[group].site])) continue;
    if (!may_have_grown(groups[group], duration, limits)) continue;
    place_of_group[group] = static_cast<std::uint32_t>(places.size());
    places.emplace_back().group = group;
  }
  if (places.empty()) return places;

  std::vector<PendingCurve> curves(places.size());
  const Overdue overdue(trace, limits, groups);
  const model::TaskTable& tasks = trace.tasks;
  for (model::TaskIndex task = 0; task < tasks.size(); ++task) {
    const std::uint32_t at = place_of_group[groups.of(tasks.site(task))];
    if (at == kNotCounted || overdue(task)) continue;
    curves[at].add(tasks.created(task), tasks.finished(task), trace.begin, trace.end);
    if (!tasks.pending(task)) continue;
    ++places[at].pending;
    if (places[at].examples.size() < kMaxExamples) places[at].examples.push_back(task);
  }
  for (model::SiteIndex site = 0; site < trace.forgotten.size(); ++site) {
    const std::uint32_t at = place_of_group[groups.of(site)];
    if (at != kNotCounted) curves[at].merge(trace.forgotten[site].pending);
  }

  // From the middle of the first used slice to the middle of the last.
  const double used_seconds = static_cast<double>(duration) / 1e9 * static_cast<double>(kUsed - 1) /
                              static_cast<double>(kTrendSlices);
  for (std::size_t at = 0; at < places.size(); ++at) {
    const std::array<double, kTrendSlices> mean = curves[at].means();
    places[at].growth =
        growth_of(std::span(mean).first(kUsed), growth_limit(groups[places[at].group], limits), limits);
    places[at].per_second = places[at].growth.total / used_seconds;
  }
  std::erase_if(places, [](const GrowingPlace& place) { return !place.growth.found; });
  return places;
}

}  // namespace loopscope::detect
