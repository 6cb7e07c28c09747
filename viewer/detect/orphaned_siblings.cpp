// orphaned-siblings: a group of tasks is given up after the first failure, and the others run on: for nobody, with what they
// hold, and they still change things. Ran on: from the moment the waiter went on to the sibling's end, or the trace's.
// Price: all of that, in seconds. Groups that are waited for to the end, and siblings that are asked to stop or end within
// the limit, are as they should be.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/await_groups.h"
#include "viewer/detect/await_lists.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

using model::kNoTask;
using model::TaskIndex;

struct Orphan {
  TaskIndex task = kNoTask;
  Nanos ran_on = 0;
};

// A failed group of which some ran on.
struct GivenUp {
  FailedGroup group;
  std::vector<Orphan> orphans;
  Nanos ran_on = 0;
};

struct Sum {
  std::vector<GivenUp> given_up;
  std::uint64_t failed_groups = 0;  // healthy ones, too
};

class Judge {
 public:
  Judge(const model::Trace& trace, const Limits& limits)
      : trace_(trace), tasks_(trace.tasks), limits_(limits), groups_(trace), awaits_(trace) {}

  std::vector<Finding> findings() {
    std::vector<FailedGroup> failed = find_failed_groups(trace_, groups_, awaits_);
    if (failed.empty()) return {};
    for (const model::Edge& edge : trace_.edges) {
      if (edge.kind != model::Edge::Kind::cancel || edge.to >= tasks_.size()) continue;
      // The latest: an earlier one did not end it.
      Time& asked = asked_.try_emplace(edge.to, edge.begin).first->second;
      asked = std::max(asked, edge.begin);
    }
    std::map<std::uint32_t, Sum> by_place;  // where they are awaited
    for (FailedGroup& group : failed) {
      Sum& sum = by_place[await_place(trace_, groups_, trace_.edges[group.edge])];
      ++sum.failed_groups;
      GivenUp given_up = orphans_of(std::move(group));
      if (!given_up.orphans.empty()) sum.given_up.push_back(std::move(given_up));
    }
    std::vector<const Sum*> sums;
    for (const auto& [place, sum] : by_place) {
      if (!sum.given_up.empty()) sums.push_back(&sum);
    }
    if (sums.empty()) return {};
    const std::vector<Afterwards> afterwards = afterwards_of(sums);
    std::vector<Finding> findings;
    for (std::size_t at = 0; at < sums.size(); ++at) {
      findings.push_back(finding_of(*sums[at], afterwards[at]));
    }
    return findings;
  }

 private:
  bool was_asked_to_stop(TaskIndex task, const FailedGroup& group) const {
    const auto found = asked_.find(task);
    return found != asked_.end() && found->second >= group.failed;
  }

  GivenUp orphans_of(FailedGroup group) const {
    GivenUp given_up;
    const Nanos grace = from_ms(limits_.orphan_grace_ms);
    // Who stops a library's coroutine around a member means the member; which is whose does not matter then.
    const bool all_asked = std::any_of(group.around.begin(), group.around.end(),
                                       [&](TaskIndex task) { return was_asked_to_stop(task, group); });
    for (const TaskIndex member : group.members) {
      const Nanos ran_on = elapsed(group.gone_on, std::min(tasks_.finished(member), trace_.end));
      if (ran_on <= grace || all_asked || was_asked_to_stop(member, group)) continue;
      given_up.orphans.push_back({member, ran_on});
      given_up.ran_on = add_saturating(given_up.ran_on, ran_on);
    }
    given_up.group = std::move(group);
    return given_up;
  }

  // What the orphans of each place, and those that they started, still started, and how long these ran: all of it after
  // the group was given up. Tasks are created after their parents, so that one pass finds all of them.
  struct Afterwards {
    std::uint64_t started = 0;
    Nanos run = 0;
  };
  std::vector<Afterwards> afterwards_of(const std::vector<const Sum*>& sums) const {
    struct Mark {
      Time since = kNever;
      std::uint32_t sum = 0;
    };
    std::vector<Mark> marks(tasks_.size());
    for (std::uint32_t at = 0; at < sums.size(); ++at) {
      for (const GivenUp& given_up : sums[at]->given_up) {
        for (const Orphan& orphan : given_up.orphans) {
          Mark& mark = marks[orphan.task];
          if (given_up.group.gone_on < mark.since) mark = {given_up.group.gone_on, at};
        }
      }
    }
    std::vector<Afterwards> afterwards(sums.size());
    for (TaskIndex task = 0; task < tasks_.size(); ++task) {
      const TaskIndex parent = tasks_.parent(task);
      if (parent >= task || marks[parent].since == kNever) continue;
      const Mark& mark = marks[parent];
      if (mark.since < marks[task].since) marks[task] = mark;
      if (tasks_.created(task) < mark.since) continue;
      Afterwards& sum = afterwards[mark.sum];
      ++sum.started;
      sum.run = add_saturating(sum.run, tasks_.run_ns(task));
    }
    return afterwards;
  }

  Finding finding_of(const Sum& sum, const Afterwards& afterwards) const {
    Finding finding;
    finding.detector = "orphaned-siblings";
    finding.count = sum.given_up.size();
    finding.first = kNever;
    std::uint64_t orphans = 0;
    std::uint64_t never_ended = 0;
    std::uint64_t members = 0;
    Nanos ran_on = 0;
    Nanos longest = 0;
    const GivenUp* worst = &sum.given_up.front();
    for (const GivenUp& given_up : sum.given_up) {
      orphans += given_up.orphans.size();
      members += given_up.group.members.size();
      ran_on = add_saturating(ran_on, given_up.ran_on);
      if (given_up.ran_on > worst->ran_on) worst = &given_up;
      finding.first = std::min(finding.first, given_up.group.failed);
      for (const Orphan& orphan : given_up.orphans) {
        never_ended += tasks_.pending(orphan.task);
        longest = std::max(longest, orphan.ran_on);
        finding.last = std::max(finding.last, add_saturating(given_up.group.gone_on, orphan.ran_on));
      }
    }
    const model::Edge& await = trace_.edges[worst->group.edge];
    finding.stack = await_frame(trace_, await);
    finding.site = tasks_.site(worst->orphans.front().task);
    finding.price = static_cast<double>(ran_on) / 1e9;
    finding.title = fmt::format("{} given up after a failure while {} ran on, for up to {}",
                                plural_text(finding.count, "group was", "groups were"),
                                plural_text(orphans, "sibling", "siblings"), duration_text(longest));
    finding.evidence = {{"given_up", static_cast<double>(finding.count), "groups"},
                        {"failed_groups", static_cast<double>(sum.failed_groups), "groups"},
                        {"members", static_cast<double>(members), "tasks"},
                        {"ran_on", static_cast<double>(orphans), "tasks"},
                        {"ran_on_total", to_ms(ran_on), "ms"},
                        {"ran_on_longest", to_ms(longest), "ms"},
                        {"started_afterwards", static_cast<double>(afterwards.started), "tasks"}};
    if (afterwards.started > 0) {
      finding.evidence.push_back({"these_ran", to_ms(afterwards.run), "ms"});
    }
    if (never_ended > 0) {
      finding.evidence.push_back({"never_ended", static_cast<double>(never_ended), "tasks"});
    }
    const bool enough = static_cast<double>(finding.count) >= limits_.orphan_groups ||
                        to_ms(ran_on) >= limits_.orphan_run_on_ms;
    if (trace_.integrity.lost_events >= orphans) {
      finding.evidence.push_back(
          {"lost_events", static_cast<double>(trace_.integrity.lost_events), "events"});
      finding.advice =
          "Not enough evidence: events were lost, and the ends of these tasks may be among them. Record "
          "again "
          "with a larger ring.";
    } else {
      if (enough) finding.severity = Severity::warning;
      finding.advice =
          "When one fails, ask the others to stop and wait until they have (a stop token, a cancellation "
          "signal, a task group), before the error is passed on; or wait for all of them. What they did "
          "meanwhile may have to be undone.";
    }
    tell_members(*worst, finding);
    return finding;
  }

  // The table that a rollback needs.
  void tell_members(const GivenUp& given_up, Finding& finding) const {
    finding.tasks.push_back(given_up.group.waiter);
    for (const Orphan& orphan : given_up.orphans) {
      if (finding.tasks.size() < kMaxExamples) finding.tasks.push_back(orphan.task);
    }
    finding.members_title =
        fmt::format("What became of one group, given up {} after the failure",
                    duration_text(elapsed(given_up.group.failed, given_up.group.gone_on)));
    for (const TaskIndex task : given_up.group.members) {
      const auto orphan = std::find_if(given_up.orphans.begin(), given_up.orphans.end(),
                                       [&](const Orphan& one) { return one.task == task; });
      const Time finished = tasks_.finished(task);
      Member member{task, "finished", finished,
                    elapsed(tasks_.created(task), std::min(finished, trace_.end))};
      if (orphan != given_up.orphans.end()) {
        member.fate =
            tasks_.pending(task) ? "still running at the trace's end" : fmt::format("ran on, {}", how(task));
        member.lasted = orphan->ran_on;
      } else if (tasks_.pending(task)) {
        member.fate = "asked to stop, still running";
      } else {
        member.fate = how(task);
      }
      member.at = std::min(member.at, trace_.end);
      finding.members.push_back(std::move(member));
    }
    std::stable_sort(finding.members.begin(), finding.members.end(),
                     [](const Member& a, const Member& b) { return a.at < b.at; });
    if (finding.members.size() > kMaxMembers) finding.members.resize(kMaxMembers);
  }
  const char* how(TaskIndex task) const {
    switch (tasks_.outcome(task)) {
      case model::Outcome::error: return "failed";
      case model::Outcome::cancelled: return "cancelled";
      case model::Outcome::abandoned: return "destroyed";
      default: return "finished";
    }
  }

  const model::Trace& trace_;
  const model::TaskTable& tasks_;
  const Limits& limits_;
  const SiteGroups groups_;
  const AwaitLists awaits_;
  std::unordered_map<TaskIndex, Time> asked_;
};

}  // namespace

std::vector<Finding> orphaned_siblings(const model::Trace& trace, const Limits& limits) {
  return Judge(trace, limits).findings();
}

}  // namespace loopscope::detect
