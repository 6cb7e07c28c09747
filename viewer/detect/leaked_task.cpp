// leaked-task: one-shot tasks that are pending long after their like have finished, or that were given up.
// Age alone convicts nobody: young tasks, subscriptions, workers and a few keep-alive timers are ordinary.
#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/await_chain.h"
#include "viewer/detect/await_cycles.h"
#include "viewer/detect/coroutines.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

struct Suspects {
  std::vector<TaskIndex> overdue;
  std::uint64_t at_exit = 0;  // of them: given up by the exit
  std::uint64_t young = 0;
  std::vector<TaskIndex> abandoned;  // before the trace's last part
  std::uint64_t waiters = 0;         // overdue tasks of any place that wait for one of these, directly or not
  // Of the overdue ones apart: those that nothing can resume, and who waits for them.
  std::vector<TaskIndex> proven;
  std::uint64_t waiters_for_proven = 0;
};

// The overdue task at the end of what `task` waits for: that one is to blame. `task` itself if nothing is known of that
// end, and where they wait for each other; kNoTask if the end is younger than its like become: it may finish yet.
TaskIndex culprit_of(const model::Trace& trace, const SiteGroups& groups, const Overdue& overdue,
                     const PendingAwaits& awaits, TaskIndex task) {
  if (awaits.empty()) return task;
  const AwaitChain chain = awaits.from(task);
  if (chain.cycle || chain.steps.empty()) return task;
  const TaskIndex last = chain.steps.back().task;
  // What is lost is not lost because of somebody who can still go on.
  if (overdue.is_proven(task) && !overdue.is_proven(last)) return task;
  if (overdue(last) || last == task) return last;
  const bool is_judged =
      overdue.unfinished(last) && overdue.limit(groups.of(trace.tasks.site(last))) != kNever;
  return is_judged ? model::kNoTask : task;
}

std::vector<Suspects> suspects_by_place(const model::Trace& trace, const SiteGroups& groups,
                                        const Overdue& overdue, const AwaitCycles& cycles) {
  std::vector<Suspects> found(groups.size());
  const model::TaskTable& tasks = trace.tasks;
  const PendingAwaits awaits(trace);
  for (TaskIndex task = 0; task < tasks.size(); ++task) {
    if (is_unstarted_coroutine(trace, task)) continue;  // never-started's
    if (cycles.holds(task)) continue;                   // await-cycle's
    if (overdue.unfinished(task)) {
      const std::uint32_t group = groups.of(tasks.site(task));
      if (overdue(task)) {
        const TaskIndex culprit = culprit_of(trace, groups, overdue, awaits, task);
        if (culprit == model::kNoTask) {
          ++found[group].young;
          continue;
        }
        const bool is_proven = overdue.is_proven(culprit);
        if (culprit != task) {
          Suspects& of_culprit = found[groups.of(tasks.site(culprit))];
          ++(is_proven ? of_culprit.waiters_for_proven : of_culprit.waiters);
          continue;
        }
        if (is_proven) {
          found[group].proven.push_back(task);
          continue;
        }
        found[group].overdue.push_back(task);
        found[group].at_exit += overdue.at_exit(task);
      } else if (overdue.limit(group) != kNever) {
        ++found[group].young;
      }
    } else if (tasks.outcome(task) == model::Outcome::abandoned) {
      const std::uint32_t group = groups.of(tasks.site(task));
      const bool at_the_end = elapsed(tasks.finished(task), trace.end) <= overdue.young();
      if (groups[group].judged && !at_the_end) found[group].abandoned.push_back(task);
    }
  }
  return found;
}

std::string advice_for(std::string_view kind, bool others_finish) {
  if (kind == kCoroutine) {
    return "Nothing resumed them. See what they wait for, and who was to complete that: look for a path that "
           "forgets the waiter, and have it complete or cancel its waiters when it goes away.";
  }
  if (kind.find("timer") != std::string_view::npos) {
    return "Stop and close each timer when what it guards is done, on the error path too. If they are meant "
           "to "
           "wait this long, keep one timer and a queue of deadlines.";
  }
  if (kind.find("process") != std::string_view::npos || kind.find("spawn") != std::string_view::npos) {
    return "Check that the children are told to end and that their pipes are closed; give each a deadline.";
  }
  if (others_finish) {
    return "Look for the path on which the completion is never delivered (an early return, an error, a lost "
           "peer), and give the operation a deadline.";
  }
  return "Find who is to complete these tasks and whether it still can; cancel them when their owner goes "
         "away.";
}

// What the recording lost could be the very events that finished these tasks.
bool losses_may_explain(const model::Integrity& integrity, std::uint64_t overdue, bool others_finish) {
  if (integrity.lost_events >= overdue && integrity.lost_events > 0) return true;
  return others_finish && (integrity.damaged_packets > 0 || integrity.missing_packets > 0);
}

Finding leak(const model::Trace& trace, const Limits& limits, const SiteGroup& group, const Overdue& judge,
             const Overdue::Usual& usual, Suspects suspects) {
  const model::TaskTable& tasks = trace.tasks;
  const model::Site& site = trace.sites[group.site];
  std::vector<TaskIndex>& overdue = suspects.overdue;
  const auto older = [&tasks](TaskIndex a, TaskIndex b) {
    return tasks.created(a) != tasks.created(b) ? tasks.created(a) < tasks.created(b) : a < b;
  };
  std::sort(overdue.begin(), overdue.end(), older);

  const Nanos duration = std::max<Nanos>(1, elapsed(trace.begin, trace.end));
  double waited_s = 0;
  for (const TaskIndex task : overdue) {
    waited_s += static_cast<double>(judge.age(task)) / 1e9;
  }
  const double weight = waited_s * 1e9 / static_cast<double>(duration);
  const Nanos oldest = judge.age(overdue.front());
  const Nanos median = judge.age(overdue[overdue.size() / 2]);
  const auto count = static_cast<double>(overdue.size());

  // Each loop may keep a timer or two of its own at the same line, so that a site where nothing ever finished
  // is suspicious only beyond that.
  const double per_loop = 2 * static_cast<double>(trace.loops.size()) + 1;
  const double needed = usual.known ? limits.leak_tasks : std::max(limits.leak_tasks, per_loop);
  const bool clear_case = count >= std::max(needed, 4 * limits.leak_tasks);
  const bool too_short = to_ms(duration) < limits.short_trace_ms && !clear_case;
  const bool maybe_lost = losses_may_explain(trace.integrity, overdue.size(), usual.finished > 0);

  Finding finding;
  finding.detector = "leaked-task";
  finding.site = group.site;
  finding.count = overdue.size();
  finding.price = waited_s;
  finding.first = tasks.created(overdue.front());
  finding.last = tasks.created(overdue.back());
  overdue.resize(std::min(overdue.size(), kMaxExamples));
  finding.tasks = overdue;

  const std::string what =
      fmt::format("{} {}", site.kind.empty() ? "unknown" : site.kind, finding.count == 1 ? "task" : "tasks");
  if (suspects.at_exit == finding.count) {
    finding.title =
        fmt::format("{} {} never finished, cancelled only by the exit after {}{}", count_text(finding.count),
                    what, finding.count == 1 ? "" : "up to ", duration_text(oldest));
  } else if (usual.finished == 0) {
    finding.title = fmt::format("{} {} never finished, pending for {}{}", count_text(finding.count), what,
                                finding.count == 1 ? "" : "up to ", duration_text(oldest));
  } else {
    finding.title =
        fmt::format("{} of {} {} never finished, the others within {}", count_text(finding.count),
                    count_text(group.created), what, duration_text(usual.known ? usual.p99 : usual.max));
  }

  finding.evidence.push_back({"pending", count, "tasks"});
  finding.evidence.push_back({"created", static_cast<double>(group.created), "tasks"});
  finding.evidence.push_back({"finished", static_cast<double>(usual.finished), "tasks"});
  if (suspects.at_exit > 0) {
    finding.evidence.push_back({"cancelled_at_exit", static_cast<double>(suspects.at_exit), "tasks"});
  }
  finding.evidence.push_back({"oldest_age", to_ms(oldest), "ms"});
  finding.evidence.push_back({"median_age", to_ms(median), "ms"});
  if (usual.finished > 0) {
    finding.evidence.push_back({"usual_lifetime_p50", to_ms(usual.p50), "ms"});
    finding.evidence.push_back({"usual_lifetime_p99", to_ms(usual.p99), "ms"});
  }
  finding.evidence.push_back(
      {"share_of_trace", static_cast<double>(oldest) / static_cast<double>(duration) * 100, "%"});
  if (suspects.waiters > 0) {
    finding.evidence.push_back({"wait_for_them", static_cast<double>(suspects.waiters), "tasks"});
  }
  if (suspects.young > 0) {
    finding.evidence.push_back({"not_judged_yet", static_cast<double>(suspects.young), "tasks"});
  }

  if (maybe_lost) {
    finding.evidence.push_back({"lost_events", static_cast<double>(trace.integrity.lost_events), "events"});
    finding.advice =
        "Not enough evidence: events were lost, and these tasks may have finished among them. "
        "Record again with a larger ring.";
  } else if (too_short) {
    finding.advice = fmt::format("Not enough evidence: the trace is only {} long. Record for longer.",
                                 duration_text(duration));
  } else if (count < needed) {
    finding.advice = fmt::format(
        "Not enough evidence: {} such {} may be kept on purpose; a leak adds more of them "
        "as the program runs. Record for longer.",
        finding.count, finding.count == 1 ? "task" : "tasks");
  } else {
    finding.severity = weight >= limits.leak_critical ? Severity::critical : Severity::warning;
    finding.advice = advice_for(site.kind, usual.finished > 0);
  }
  return finding;
}

// A fact, whatever their number and age, and whatever the recording lost: the program itself was looked at.
Finding lost(const model::Trace& trace, const Limits& limits, const SiteGroup& group, const Overdue& judge,
             Suspects suspects) {
  const model::TaskTable& tasks = trace.tasks;
  std::vector<TaskIndex>& proven = suspects.proven;
  Finding finding;
  finding.detector = "leaked-task";
  finding.site = group.site;
  finding.count = proven.size();
  finding.first = kNever;
  Nanos oldest = 0;
  Time proven_at = kNever;
  double waited_s = 0;
  for (const TaskIndex task : proven) {
    const Nanos age = judge.age(task);
    oldest = std::max(oldest, age);
    waited_s += static_cast<double>(age) / 1e9;
    finding.first = std::min(finding.first, tasks.created(task));
    finding.last = std::max(finding.last, tasks.created(task));
    proven_at = std::min(proven_at, model::proof_of(trace.never_resumable, task)->proven);
  }
  const Nanos duration = std::max<Nanos>(1, elapsed(trace.begin, trace.end));
  const double weight = waited_s * 1e9 / static_cast<double>(duration);
  finding.price = waited_s;
  finding.severity = weight >= limits.leak_critical ? Severity::critical : Severity::warning;
  finding.title =
      fmt::format("{} {} can never be resumed: nothing refers to {}", count_text(finding.count),
                  finding.count == 1 ? "coroutine" : "coroutines", finding.count == 1 ? "it" : "them");
  finding.evidence = {{"never_resumable", static_cast<double>(finding.count), "tasks"},
                      {"created", static_cast<double>(group.created), "tasks"},
                      {"finished", static_cast<double>(group.finished), "tasks"},
                      {"proven_at", to_ms(elapsed(trace.begin, proven_at)), "ms"},
                      {"oldest_age", to_ms(oldest), "ms"}};
  if (suspects.waiters_for_proven > 0) {
    finding.evidence.push_back({"wait_for_them", static_cast<double>(suspects.waiters_for_proven), "tasks"});
  }
  finding.advice =
      "Proven by a search of the program's memory: no handle of theirs is left, but for those in each other. "
      "Look "
      "for who was to resume them and dropped the handle: an awaiter that does not keep it, a list of "
      "waiters "
      "that was destroyed, or an owner that only they themselves keep alive.";
  proven.resize(std::min(proven.size(), kMaxExamples));
  finding.tasks = std::move(proven);
  return finding;
}

// How many tasks of a place were given up that are not in the table any more.
std::uint64_t forgotten_abandoned(const model::Trace& trace, const SiteGroup& group) {
  std::uint64_t sum = 0;
  for (const model::SiteIndex site : group.members) {
    if (site < trace.forgotten.size()) sum += trace.forgotten[site].abandoned;
  }
  return sum;
}

Finding given_up(const model::Trace& trace, const SiteGroup& group, std::vector<TaskIndex> abandoned) {
  const model::TaskTable& tasks = trace.tasks;
  Finding finding;
  finding.detector = "leaked-task";
  finding.site = group.site;
  finding.count = abandoned.size() + forgotten_abandoned(trace, group);
  finding.title =
      fmt::format("{} of {} {} tasks were destroyed before they finished", count_text(finding.count),
                  count_text(group.created), trace.sites[group.site].kind);
  finding.first = kNever;
  Nanos waited = 0;
  for (const TaskIndex task : abandoned) {
    waited = add_saturating(waited, elapsed(tasks.created(task), tasks.finished(task)));
    finding.first = std::min(finding.first, tasks.finished(task));
    finding.last = std::max(finding.last, tasks.finished(task));
  }
  for (const model::SiteIndex site : group.members) {
    if (site >= trace.forgotten.size()) continue;
    const model::Forgotten& forgotten = trace.forgotten[site];
    waited = add_saturating(waited, forgotten.abandoned_age);
    finding.first = std::min(finding.first, forgotten.first_abandoned);
    finding.last = std::max(finding.last, forgotten.last_abandoned);
  }
  finding.price = static_cast<double>(waited) / 1e9;
  finding.evidence = {{"abandoned", static_cast<double>(finding.count), "tasks"},
                      {"created", static_cast<double>(group.created), "tasks"},
                      {"finished", static_cast<double>(group.finished), "tasks"}};
  finding.advice =
      "If this is how they are cancelled, nothing is wrong. If not, somebody drops the owner of the "
      "operation too early.";
  abandoned.resize(std::min(abandoned.size(), kMaxExamples));
  finding.tasks = std::move(abandoned);
  return finding;
}

}  // namespace

std::vector<Finding> leaked_task(const model::Trace& trace, const Limits& limits) {
  std::vector<Finding> findings;
  const SiteGroups groups(trace);
  const Overdue overdue(trace, limits, groups);
  std::vector<Suspects> suspects = suspects_by_place(trace, groups, overdue, AwaitCycles(trace, limits));
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (groups[group].site >= trace.sites.size()) continue;
    const std::uint64_t abandoned = suspects[group].abandoned.size() +
                                    (groups[group].judged ? forgotten_abandoned(trace, groups[group]) : 0);
    if (static_cast<double>(abandoned) >= limits.leak_tasks) {
      findings.push_back(given_up(trace, groups[group], std::move(suspects[group].abandoned)));
    }
    if (!suspects[group].proven.empty()) {
      findings.push_back(lost(trace, limits, groups[group], overdue, suspects[group]));
    }
    if (!suspects[group].overdue.empty()) {
      findings.push_back(
          leak(trace, limits, groups[group], overdue, overdue.usual(group), std::move(suspects[group])));
    }
  }
  return findings;
}

}  // namespace loopscope::detect
