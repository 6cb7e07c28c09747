// never-started: coroutines that were created and never ran. A lazy one does nothing until somebody awaits it: its
// result was dropped, or forgotten where it lies.
#include <algorithm>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/coroutines.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

struct Unstarted {
  std::vector<TaskIndex> pending;  // for longer than the youngest
  std::vector<TaskIndex> dropped;  // destroyed
  std::uint64_t proven = 0;  // of the pending: nothing refers to them, so that nobody can start them any more
};

Finding finding_of(const model::Trace& trace, const Limits& limits, const SiteGroup& group, Unstarted found) {
  const model::TaskTable& tasks = trace.tasks;
  std::vector<TaskIndex> all = found.dropped;
  all.insert(all.end(), found.pending.begin(), found.pending.end());
  std::sort(all.begin(), all.end());

  Finding finding;
  finding.detector = "never-started";
  finding.site = group.site;
  finding.count = all.size();
  finding.first = tasks.created(all.front());
  finding.last = tasks.created(all.back());
  Nanos oldest = 0;
  double waited_s = 0;
  for (const TaskIndex task : found.pending) {
    const Nanos age = elapsed(tasks.created(task), trace.end);
    oldest = std::max(oldest, age);
    waited_s += static_cast<double>(age) / 1e9;
  }
  finding.price = waited_s;
  finding.title = fmt::format("{} of {} coroutines created here never started", count_text(finding.count),
                              count_text(group.created));
  finding.evidence = {{"never_started", static_cast<double>(finding.count), "tasks"},
                      {"created", static_cast<double>(group.created), "tasks"},
                      {"destroyed_unstarted", static_cast<double>(found.dropped.size()), "tasks"},
                      {"still_there", static_cast<double>(found.pending.size()), "tasks"}};
  if (found.proven > 0) {
    finding.evidence.push_back({"never_resumable", static_cast<double>(found.proven), "tasks"});
  }
  if (!found.pending.empty()) finding.evidence.push_back({"oldest_age", to_ms(oldest), "ms"});
  const bool enough = static_cast<double>(finding.count) >= limits.never_started;
  // What was lost may be their first spans.
  const bool maybe_lost = found.proven == 0 && trace.integrity.lost_events >= finding.count;
  finding.severity = enough && !maybe_lost ? Severity::warning : Severity::info;
  finding.advice =
      found.proven > 0
          ? "Nothing refers to them any more: each is memory that was never given back. Look for a "
            "call of a coroutine whose result was dropped (and mark the return type [[nodiscard]])."
      : found.dropped.empty()
          ? "Await them, or start them where they are meant to run on their own; whoever holds "
            "them has to give them up."
          : "A call of a coroutine does nothing until its result is awaited: look for a call "
            "without co_await (and mark the return type [[nodiscard]]).";
  if (maybe_lost) {
    finding.evidence.push_back({"lost_events", static_cast<double>(trace.integrity.lost_events), "events"});
    finding.advice =
        "Not enough evidence: events were lost, and these coroutines may have run among them. Record again "
        "with a larger ring.";
  }
  all.resize(std::min(all.size(), kMaxExamples));
  finding.tasks = std::move(all);
  return finding;
}

}  // namespace

std::vector<Finding> never_started(const model::Trace& trace, const Limits& limits) {
  const SiteGroups groups(trace);
  const Nanos young = young_age(elapsed(trace.begin, trace.end), limits);
  std::vector<Unstarted> by_place(groups.size());
  // A first span that runs on at the trace's end is not counted at its task yet.
  std::unordered_set<TaskIndex> running;
  for (const model::Span& span : trace.longest_spans) running.insert(span.task);
  for (TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    if (!is_unstarted_coroutine(trace, task) || running.contains(task)) continue;
    Unstarted& place = by_place[groups.of(trace.tasks.site(task))];
    if (!trace.tasks.pending(task)) {
      place.dropped.push_back(task);
    } else if (model::proof_of(trace.never_resumable, task) != nullptr) {
      place.pending.push_back(task);
      ++place.proven;
    } else if (elapsed(trace.tasks.created(task), trace.end) > young) {
      place.pending.push_back(task);
    }
  }
  std::vector<Finding> findings;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (by_place[group].pending.empty() && by_place[group].dropped.empty()) continue;
    if (!groups[group].judged || groups[group].site >= trace.sites.size()) continue;
    findings.push_back(finding_of(trace, limits, groups[group], std::move(by_place[group])));
  }
  return findings;
}

}  // namespace loopscope::detect
