#include "viewer/detect/finding_contexts.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "viewer/detect/contexts.h"
#include "viewer/detect/site_groups.h"
#include "viewer/detect/stall_sorting.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

// Programs have a handful of keys: a request's number, a route, a user.
constexpr std::size_t kMostKeys = 16;
// Of one key and finding. What comes later is left out.
constexpr std::size_t kMostValues = 10'000;

// They are about tasks that do not end; those of the same place that did were not hit.
constexpr std::array<std::string_view, 4> kAboutUnfinished{"leaked-task", "never-started", "growing-backlog",
                                                           "await-cycle"};

struct Hit {
  TaskIndex task = model::kNoTask;
  Nanos time = 0;
};

// Tasks and times of the findings that name them. Those of a place are met in one pass over all tasks instead.
class Hits {
 public:
  Hits(const model::Trace& trace, const std::vector<Finding>& findings)
      : trace_(trace), by_finding_(findings.size()) {
    for (const model::Waited& waited : trace.waited) waited_[waited.blocker].push_back(&waited);
    const SiteGroups groups(trace);
    for (std::size_t at = 0; at < findings.size(); ++at) {
      const Finding& finding = findings[at];
      if (!finding.stalls.empty()) {
        of_stalls(finding, by_finding_[at]);
      } else if (finding.site != model::kNoSite && finding.site < trace.sites.size()) {
        of_place(groups[groups.of(finding.site)], at);
      } else {
        of_names(finding, by_finding_[at]);
      }
      std::stable_sort(by_finding_[at].begin(), by_finding_[at].end(),
                       [](const Hit& a, const Hit& b) { return a.task < b.task; });
    }
  }

  const std::vector<Hit>& of(std::size_t finding) const { return by_finding_[finding]; }
  // Findings whose place a site belongs to.
  const std::vector<std::uint32_t>& at_site(model::SiteIndex site) const {
    return site < at_site_.size() ? at_site_[site] : none_;
  }

  Nanos pending_time(TaskIndex task) const {
    const model::TaskTable& tasks = trace_.tasks;
    const Time end = tasks.pending(task) ? trace_.end : tasks.finished(task);
    const Nanos life = subtract_saturating(end, tasks.created(task));
    return std::max<Nanos>(subtract_saturating(life, tasks.run_ns(task)), 0);
  }

 private:
  void of_stalls(const Finding& finding, std::vector<Hit>& hits) const {
    for (const std::uint32_t number : finding.stalls) {
      if (number >= trace_.stalls.size()) continue;
      const model::Stall& stall = trace_.stalls[number];
      if (stall.task != model::kNoTask) hits.push_back({stall.task, std::max<Nanos>(stall.duration, 0)});
      const auto found = waited_.find(stall.is_tick ? model::kNoTask : stall.task);
      if (found == waited_.end()) continue;
      for (const model::Waited* const waited : found->second) {
        if (waited->from >= stall.begin && waited->from <= end_of(stall))
          hits.push_back({waited->task, waited->waited});
      }
    }
  }

  void of_place(const SiteGroup& group, std::size_t finding) {
    at_site_.resize(trace_.sites.size());
    for (const model::SiteIndex site : group.members)
      at_site_[site].push_back(static_cast<std::uint32_t>(finding));
  }

  void of_names(const Finding& finding, std::vector<Hit>& hits) const {
    for (const WaitingTask& one : finding.waiting) hits.push_back({one.task, one.waited});
    for (const Member& one : finding.members) hits.push_back({one.task, std::max<Nanos>(one.lasted, 0)});
    for (const TaskIndex task : finding.tasks) {
      const bool told =
          std::any_of(hits.begin(), hits.end(), [&](const Hit& hit) { return hit.task == task; });
      if (!told && task < trace_.tasks.size()) hits.push_back({task, pending_time(task)});
    }
  }

  const model::Trace& trace_;
  std::unordered_map<TaskIndex, std::vector<const model::Waited*>> waited_;
  std::vector<std::vector<Hit>> by_finding_;
  std::vector<std::vector<std::uint32_t>> at_site_;
  std::vector<std::uint32_t> none_;
};

// Of one key: tasks and time of each value that a finding hit.
class Shares {
 public:
  Shares(const Contexts& contexts, std::size_t findings) : contexts_(contexts), by_finding_(findings) {}

  void add(std::size_t finding, TaskIndex task, Nanos time) {
    const std::uint32_t value = contexts_.value_of(task);
    if (value == Contexts::kNone) return;
    Shared& shares = by_finding_[finding];
    if (shares.size() >= kMostValues && !shares.contains(value)) return;
    Share& share = shares[value];
    share.tasks += share.last_task != task;  // the hits of one task follow each other
    share.last_task = task;
    share.time = add_saturating(share.time, time);
  }

  void give(std::size_t finding, std::string_view key, std::vector<ContextShare>& to) const {
    for (const auto& [value, share] : by_finding_[finding])
      to.push_back({std::string(key), contexts_.values()[value], share.tasks, share.time});
    keep_worst(to);
  }

 private:
  struct Share {
    std::uint64_t tasks = 0;
    Nanos time = 0;
    TaskIndex last_task = model::kNoTask;
  };
  using Shared = std::unordered_map<std::uint32_t, Share>;  // by value

  static void keep_worst(std::vector<ContextShare>& shares) {
    std::sort(shares.begin(), shares.end(), [](const ContextShare& a, const ContextShare& b) {
      if (a.time != b.time) return a.time > b.time;
      if (a.tasks != b.tasks) return a.tasks > b.tasks;
      return a.key != b.key ? a.key < b.key : a.value < b.value;
    });
    if (shares.size() > kMaxContexts) shares.resize(kMaxContexts);
  }

  const Contexts& contexts_;
  std::vector<Shared> by_finding_;
};

}  // namespace

void name_contexts(const model::Trace& trace, std::vector<Finding>& findings) {
  if (trace.labels.empty() || findings.empty()) return;
  const Hits hits(trace, findings);
  std::vector<bool> unfinished_only(findings.size());
  for (std::size_t at = 0; at < findings.size(); ++at) {
    findings[at].contexts.clear();
    unfinished_only[at] = std::find(kAboutUnfinished.begin(), kAboutUnfinished.end(),
                                    findings[at].detector) != kAboutUnfinished.end();
  }
  std::vector<std::string> keys = context_keys(trace);
  if (keys.size() > kMostKeys) keys.resize(kMostKeys);
  for (const std::string& key : keys) {
    const Contexts contexts(trace, key);
    if (contexts.empty()) continue;
    Shares shares(contexts, findings.size());
    for (std::size_t at = 0; at < findings.size(); ++at) {
      for (const Hit& hit : hits.of(at)) shares.add(at, hit.task, hit.time);
    }
    for (TaskIndex task = 0; task < trace.tasks.size(); ++task) {
      for (const std::uint32_t at : hits.at_site(trace.tasks.site(task))) {
        const Finding& finding = findings[at];
        const model::Outcome outcome = trace.tasks.outcome(task);
        const bool ended = outcome == model::Outcome::ok || outcome == model::Outcome::error;
        if (unfinished_only[at] && ended) continue;
        if (trace.tasks.created(task) > finding.last || trace.tasks.finished(task) < finding.first) continue;
        shares.add(at, task, hits.pending_time(task));
      }
    }
    for (std::size_t at = 0; at < findings.size(); ++at) shares.give(at, key, findings[at].contexts);
  }
}

}  // namespace loopscope::detect
