// fire-and-forget: coroutines that nobody awaits and that go on when who started them is done. Nobody learns how they end,
// and nobody waits for them before the program does. That alone is often meant so; that a share of them fails or never
// ends is not. Price: the time for which those were pending or ran.
#include <algorithm>
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

struct Unwatched {
  std::uint64_t count = 0;
  std::uint64_t failed = 0;
  std::uint64_t overdue = 0;
  std::uint64_t abandoned = 0;   // before the exit, and not shortly before
  std::uint64_t unfinished = 0;  // pending, and nothing to be said of it yet
  Nanos longest = 0;             // by which one outlived its creator
  Nanos lost = 0;                // how long those lasted that failed or never ended
  Time first = kNever;
  Time last = 0;
  std::vector<TaskIndex> bad_examples;
  std::vector<TaskIndex> examples;

  std::uint64_t bad() const { return failed + overdue; }
};

// Places whose coroutines are to be awaited, as far as anybody said.
std::vector<bool> asked_for(const model::Trace& trace, const SiteGroups& groups) {
  constexpr std::uint32_t kMeantSo =
      model::kDetached | model::kInternal | model::kSubscription | model::kTeardown;
  std::vector<bool> asked(groups.size());
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (groups[group].site >= trace.sites.size()) continue;
    const model::Site& site = trace.sites[groups[group].site];
    asked[group] = site.kind == kCoroutine && (site.flags & kMeantSo) == 0 && groups[group].created > 0;
  }
  return asked;
}

void keep(std::vector<TaskIndex>& examples, TaskIndex task) {
  if (examples.size() < kMaxExamples) examples.push_back(task);
}

class Search {
 public:
  Search(const model::Trace& trace, const Limits& limits, const SiteGroups& groups)
      : trace_(trace),
        groups_(groups),
        overdue_(trace, limits, groups),
        asked_(asked_for(trace, groups)),
        awaited_(trace.tasks.size()),
        held_up_(trace.tasks.size()) {
    for (const model::Edge& edge : trace.edges) {
      if (edge.kind != model::Edge::Kind::await || edge.to >= awaited_.size()) continue;
      awaited_[edge.to] = true;
      const bool holds_up = edge.end == kNever && trace.tasks.pending(edge.to);
      if (holds_up && edge.from < held_up_.size()) held_up_[edge.from] = true;
    }
  }

  std::vector<Unwatched> by_place() const {
    std::vector<Unwatched> found(groups_.size());
    for (TaskIndex task = 0; task < trace_.tasks.size(); ++task) {
      const std::uint32_t group = groups_.of(trace_.tasks.site(task));
      if (!asked_[group] || awaited_[task] || !outlives_creator(task)) continue;
      if (!is_unstarted_coroutine(trace_, task)) add(found[group], task);  // those are never-started's
    }
    return found;
  }

 private:
  // What a callback or main starts, nobody could have awaited.
  bool outlives_creator(TaskIndex task) const {
    const model::TaskTable& tasks = trace_.tasks;
    const TaskIndex creator = tasks.parent(task);
    if (creator >= tasks.size() || tasks.pending(creator)) return false;
    const model::SiteIndex site = tasks.site(creator);
    if (site >= trace_.sites.size() || trace_.sites[site].kind != kCoroutine) return false;
    return !trace_.sites[site].is(model::kInternal) && tasks.finished(creator) < tasks.finished(task);
  }

  void add(Unwatched& place, TaskIndex task) const {
    const model::TaskTable& tasks = trace_.tasks;
    const model::Outcome outcome = tasks.outcome(task);
    ++place.count;
    const Time end = std::min(tasks.finished(task), trace_.end);
    place.longest = std::max(place.longest, elapsed(tasks.finished(tasks.parent(task)), end));
    place.first = std::min(place.first, tasks.created(task));
    place.last = std::max(place.last, tasks.created(task));
    const bool is_overdue = overdue_(task) && !held_up_[task];  // else that one is to blame
    if (is_overdue || outcome == model::Outcome::error) {
      place.overdue += is_overdue;
      place.failed += outcome == model::Outcome::error;
      place.lost = add_saturating(place.lost, elapsed(tasks.created(task), end));
      keep(place.bad_examples, task);
      return;
    }
    if (overdue_.unfinished(task)) {
      ++place.unfinished;
    } else if (outcome == model::Outcome::abandoned && elapsed(end, trace_.end) > overdue_.young()) {
      ++place.abandoned;
    }
    keep(place.examples, task);
  }

  const model::Trace& trace_;
  const SiteGroups& groups_;
  Overdue overdue_;
  std::vector<bool> asked_;
  std::vector<bool> awaited_;
  std::vector<bool> held_up_;  // by another task, which is pending
};

Finding finding_of(const model::Trace& trace, const Limits& limits, const SiteGroup& group, Unwatched place) {
  Finding finding;
  finding.detector = "fire-and-forget";
  finding.site = group.site;
  finding.count = place.count;
  finding.first = place.first;
  finding.last = place.last;
  finding.price = static_cast<double>(place.lost) / 1e9;
  finding.tasks = std::move(place.bad_examples);
  for (const TaskIndex task : place.examples) keep(finding.tasks, task);

  std::string ends;
  const auto say = [&ends](std::uint64_t count, const char* how) {
    if (count > 0) ends += fmt::format("{} {} {}", ends.empty() ? ":" : ",", count_text(count), how);
  };
  say(place.failed, "failed");
  say(place.overdue, "never finished");
  say(place.abandoned, "were destroyed unfinished");
  finding.title = fmt::format("{} of {} coroutines are awaited by nobody and outlive who started them{}",
                              count_text(place.count), count_text(group.created), ends);
  const double share = static_cast<double>(place.bad()) / static_cast<double>(place.count) * 100;
  finding.evidence = {{"fire_and_forget", static_cast<double>(place.count), "tasks"},
                      {"created", static_cast<double>(group.created), "tasks"},
                      {"failed", static_cast<double>(place.failed), "tasks"},
                      {"never_finished", static_cast<double>(place.overdue), "tasks"},
                      {"destroyed_unfinished", static_cast<double>(place.abandoned), "tasks"},
                      {"lost_share", share, "%"},
                      {"outlived_by", to_ms(place.longest), "ms"}};
  if (place.unfinished > 0)
    finding.evidence.push_back({"not_judged_yet", static_cast<double>(place.unfinished), "tasks"});

  const model::Integrity& integrity = trace.integrity;
  const bool maybe_lost =
      integrity.lost_events >= place.bad() || integrity.damaged_packets > 0 || integrity.missing_packets > 0;
  if (place.bad() == 0 || share < limits.forgotten_share) {
    finding.candidate = true;
    finding.advice =
        "Nobody learns how these end, nor waits for them before the program does. If that is meant so, "
        "nothing "
        "is wrong; else keep them in a group that somebody joins.";
  } else if (maybe_lost) {
    finding.candidate = true;
    finding.evidence.push_back({"lost_events", static_cast<double>(integrity.lost_events), "events"});
    finding.advice =
        "Not enough evidence: events were lost, and who awaited these coroutines, or how they ended, may be "
        "among them. Record again with a larger ring.";
  } else {
    finding.severity = Severity::warning;
    finding.advice =
        "Await them, or start them in a group that somebody joins before the program ends (a nursery, a "
        "scope), and "
        "that takes their errors. What has to be quick for the caller can be handed to a queue with a "
        "worker.";
  }
  return finding;
}

}  // namespace

std::vector<Finding> fire_and_forget(const model::Trace& trace, const Limits& limits) {
  // A stream has forgotten who awaited whom. What it still has, the pending ones, leaked-task judges.
  if (trace.streamed()) return {};
  const SiteGroups groups(trace);
  const bool any = std::any_of(trace.sites.begin(), trace.sites.end(), [](const model::Site& site) {
    return site.kind == kCoroutine && site.created > 0;
  });
  if (!any) return {};
  std::vector<Unwatched> found = Search(trace, limits, groups).by_place();
  std::vector<Finding> findings;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    if (found[group].count == 0 || static_cast<double>(found[group].count) < limits.forgotten_tasks) continue;
    findings.push_back(finding_of(trace, limits, groups[group], std::move(found[group])));
  }
  return findings;
}

}  // namespace loopscope::detect
