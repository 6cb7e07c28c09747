// await-cycle: tasks that wait for each other: they never go on. Cycles at the same lines are one finding; what proves a
// cycle stands in await_cycles.h. Price: the time that its tasks, and those that wait for them, have waited.
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/await_chain.h"
#include "viewer/detect/await_cycles.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

// Cycles whose tasks are of the same places and wait at the same lines.
using Alike = std::vector<const AwaitCycle*>;

std::vector<Alike> by_lines(const model::Trace& trace, const std::vector<AwaitCycle>& cycles) {
  using Line = std::pair<std::uint32_t, model::SiteIndex>;
  const SiteGroups groups(trace);
  std::map<std::vector<Line>, std::size_t> known;
  std::vector<Alike> all;
  for (const AwaitCycle& cycle : cycles) {
    std::vector<Line> lines;
    for (const CycleStep& step : cycle.steps)
      lines.emplace_back(groups.of(trace.tasks.site(step.task)), trace.edges[step.edge].site);
    std::sort(lines.begin(), lines.end());
    const auto [found, is_new] = known.try_emplace(std::move(lines), all.size());
    if (is_new) all.emplace_back();
    all[found->second].push_back(&cycle);
  }
  return all;
}

Nanos stuck_for(const AwaitCycle& cycle) { return elapsed(cycle.closed, cycle.until); }

Finding finding_of(const model::Trace& trace, const Alike& cycles, bool is_certain) {
  const AwaitCycle& shown =
      **std::max_element(cycles.begin(), cycles.end(), [](const AwaitCycle* a, const AwaitCycle* b) {
        return stuck_for(*a) != stuck_for(*b) ? stuck_for(*a) < stuck_for(*b) : a->closed > b->closed;
      });
  Finding finding;
  finding.detector = "await-cycle";
  finding.first = kNever;
  std::uint64_t behind = 0;
  Nanos waited = 0;
  for (const AwaitCycle* const cycle : cycles) {
    finding.count += cycle->steps.size();
    finding.first = std::min(finding.first, cycle->closed);
    finding.last = std::max(finding.last, cycle->closed);
    behind += cycle->behind.size();
    waited = add_saturating(waited, cycle->waited);
  }
  finding.price = static_cast<double>(waited) / 1e9;

  // The wait that closed the circle is the line to look at: without it, all of them would have gone on.
  const auto closing =
      std::max_element(shown.steps.begin(), shown.steps.end(), [&](const CycleStep& a, const CycleStep& b) {
        return trace.edges[a.edge].begin < trace.edges[b.edge].begin;
      });
  finding.site = trace.tasks.site(closing->task);
  finding.stack = {await_frame(trace, closing->task, &trace.edges[closing->edge])};

  const std::size_t length = shown.steps.size();
  if (cycles.size() > 1) {
    finding.title = fmt::format("{} circles of {} that wait for each other and will never go on",
                                count_text(cycles.size()), plural_text(length, "task", "tasks"));
  } else if (length > 1) {
    finding.title = fmt::format("{} tasks wait for each other and will never go on", count_text(length));
  } else {
    finding.title = "A task waits for itself and will never go on";
  }
  finding.evidence = {{"cycle_length", static_cast<double>(length), "tasks"},
                      {"cycles", static_cast<double>(cycles.size()), "cycles"},
                      {"tasks_in_cycles", static_cast<double>(finding.count), "tasks"},
                      {"wait_behind_them", static_cast<double>(behind), "tasks"},
                      {"stuck_for", to_ms(stuck_for(shown)), "ms"},
                      {"waited_together", to_ms(waited), "ms"}};
  finding.members_title = length == 1 ? "It waits for its own end"
                                      : "Each waits for the next one's end, the last for the first's";
  for (const CycleStep& step : shown.steps) {
    if (finding.tasks.size() < kMaxExamples) finding.tasks.push_back(step.task);
    if (finding.members.size() == kMaxMembers) break;
    const model::Edge& edge = trace.edges[step.edge];
    finding.members.push_back({step.task, "waits at " + frame_text(await_frame(trace, step.task, &edge)),
                               edge.begin,
                               elapsed(edge.begin, std::min(trace.tasks.finished(step.task), trace.end))});
  }
  finding.severity = is_certain ? Severity::critical : Severity::info;
  finding.candidate = !is_certain;
  finding.advice =
      is_certain ? "Break the circle at one of these lines: let the one that is needed first do without the "
                   "others, hand in the value instead of awaiting its owner, or give the wait a deadline and "
                   "an error."
                 : "Not enough evidence: events are missing from the trace, and these waits may have ended "
                   "among them. "
                   "Record again with a larger ring.";
  return finding;
}

}  // namespace

std::vector<Finding> await_cycle(const model::Trace& trace, const Limits& limits) {
  const AwaitCycles cycles(trace, limits);
  if (cycles.all().empty()) return {};
  std::vector<Finding> findings;
  for (const Alike& alike : by_lines(trace, cycles.all()))
    findings.push_back(finding_of(trace, alike, cycles.is_certain()));
  return findings;
}

}  // namespace loopscope::detect
