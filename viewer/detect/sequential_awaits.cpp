// sequential-awaits: one task awaits similar ones, each started only when the one before was over, although they could run
// at once. A run of waits w1 ... wn takes their sum; started together they would take
//
//   at once = max(w) + sum of what the awaited ran on the loop (that stays one after the other)
//   saved   = sum(w) - at once, the price: seconds waited for nothing;   possible speed-up = sum(w) / at once
//
// That they do not need each other's results cannot be seen. It is proven where others of their place ran at the same time
// for one parent; else the finding is a candidate. What must come one after the other stays silent: readers of a stream,
// timers, tries after a failure, whoever takes what a queue brings (await_runs.h, awaited_operation.h).
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/await_lists.h"
#include "viewer/detect/await_runs.h"
#include "viewer/detect/awaited_operation.h"
#include "viewer/detect/callback_chains.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

Nanos life_of(const model::Trace& trace, TaskIndex task) {
  return elapsed(trace.tasks.created(task), std::min(trace.tasks.finished(task), trace.end));
}

bool ended_by_itself(const model::Trace& trace, TaskIndex task) {
  const model::Outcome outcome = trace.tasks.outcome(task);
  return outcome == model::Outcome::ok || outcome == model::Outcome::error;
}

// What one run takes, and what it would take.
struct Times {
  Nanos waited = 0;
  Nanos longest = 0;
  Nanos run = 0;

  Nanos at_once() const { return std::min(waited, add_saturating(longest, run)); }
  Nanos saved() const { return waited - at_once(); }
  void add(const Times& other) {
    waited = add_saturating(waited, other.waited);
    longest = add_saturating(longest, other.longest);
    run = add_saturating(run, other.run);
  }
};

// All runs of one waiting place over one awaited place.
struct OneByOne {
  std::vector<AwaitRun> runs;
  std::uint64_t awaits = 0;
  std::uint64_t waiters = 0;
  Times times;  // longest: of all runs together
  Nanos saved = 0;
  Nanos lives = 0;  // of the waiters
  std::uint64_t of_streams = 0;
  std::uint64_t of_timers = 0;
  std::uint64_t endless = 0;  // waiters that had not come to an end by themselves
  AwaitRun dearest;
  Nanos dearest_saved = -1;
  Time first = kNever;
  Time last = 0;
};

class Judge {
 public:
  Judge(const model::Trace& trace, const Limits& limits)
      : trace_(trace), limits_(limits), groups_(trace), awaits_(trace), operations_(trace) {}

  std::vector<Finding> findings() {
    const auto least = static_cast<std::uint32_t>(limits_.sequential_awaits);
    AwaitRuns found = find_await_runs(trace_, groups_, awaits_, least);
    collect(found.runs);
    find_proofs();
    std::vector<Finding> findings;
    for (auto& [places, all] : by_places_) {
      if (!must_be_so(places.second, all)) findings.push_back(finding_of(places.second, all));
    }
    add_lines(found.lines, findings);
    add_callback_chains(least, findings);
    return findings;
  }

 private:
  using Places = std::pair<std::uint32_t, std::uint32_t>;  // where it is awaited, and who

  const model::Edge& edge_of(const AwaitRun& run, std::uint32_t at) const {
    return trace_.edges[awaits_.of(run.waiter)[run.first + at]];
  }

  void collect(const std::vector<AwaitRun>& runs) {
    for (const AwaitRun& run : runs) {
      OneByOne& all = by_places_[{await_place(trace_, groups_, edge_of(run, 0)), run.awaited_place}];
      const bool same_waiter = !all.runs.empty() && all.runs.back().waiter == run.waiter;
      all.runs.push_back(run);
      Times times;
      for (std::uint32_t at = 0; at < run.length; ++at) {
        const model::Edge& edge = edge_of(run, at);
        const Nanos wait = wait_of(trace_, edge);
        const AwaitedOperations::Waits below = operations_.below(awaits_, edge.to);
        times.waited = add_saturating(times.waited, wait);
        times.longest = std::max(times.longest, wait);
        times.run = add_saturating(times.run, std::min(below.run, wait));
        all.of_streams += below.only_streams();
        all.of_timers += below.only_timers();
        all.first = std::min(all.first, edge.begin);
        all.last = std::max(all.last, edge.end);
      }
      all.awaits += run.length;
      all.times.add(times);
      all.saved = add_saturating(all.saved, times.saved());
      if (times.saved() > all.dearest_saved) {
        all.dearest = run;
        all.dearest_saved = times.saved();
      }
      if (same_waiter) continue;
      ++all.waiters;
      all.endless += !ended_by_itself(trace_, run.waiter);
      all.lives = add_saturating(all.lives, life_of(trace_, run.waiter));
    }
  }

  // The awaited depend on each other, or on the time, by all that can be known.
  bool must_be_so(std::uint32_t awaited_place, const OneByOne& all) const {
    if (2 * all.of_streams >= all.awaits) return true;
    // Who sleeps at the bottom, and has no end: a heartbeat, a poll.
    if (2 * all.of_timers >= all.awaits && 2 * all.endless >= all.waiters) return true;
    const SiteGroup& group = groups_[awaited_place];
    const model::Frame* const frame =
        group.site < trace_.sites.size() ? shown_frame(trace_.sites[group.site]) : nullptr;
    if (frame != nullptr && names_a_turn(short_function_text(*frame))) return true;
    const std::vector<model::Frame> waiter = await_frame(trace_, edge_of(all.dearest, 0));
    return !waiter.empty() && names_a_pace(short_function_text(waiter.front()));
  }

  // Places of which two ran at the same time for one parent, for at least half of the shorter one's life.
  void find_proofs() {
    std::unordered_map<std::uint32_t, std::vector<TaskIndex>> of_place;
    for (const auto& [places, all] : by_places_) of_place.try_emplace(places.second);
    if (of_place.empty()) return;
    const model::TaskTable& tasks = trace_.tasks;
    for (TaskIndex task = 0; task < tasks.size(); ++task) {
      if (tasks.parent(task) == model::kNoTask || tasks.outcome(task) != model::Outcome::ok) continue;
      const auto found = of_place.find(groups_.of(tasks.site(task)));
      if (found != of_place.end()) found->second.push_back(task);
    }
    for (auto& [place, members] : of_place) proven_[place] = any_at_once(members);
  }
  bool any_at_once(std::vector<TaskIndex>& members) const {
    const model::TaskTable& tasks = trace_.tasks;
    std::sort(members.begin(), members.end(), [&](TaskIndex a, TaskIndex b) {
      return std::make_tuple(tasks.parent(a), awaits_.started(a), a) <
             std::make_tuple(tasks.parent(b), awaits_.started(b), b);
    });
    for (std::size_t at = 1; at < members.size(); ++at) {
      const TaskIndex one = members[at - 1];
      const TaskIndex other = members[at];
      if (tasks.parent(one) != tasks.parent(other)) continue;
      const Nanos both =
          elapsed(awaits_.started(other), std::min(tasks.finished(one), tasks.finished(other)));
      const Nanos shorter = std::min(elapsed(awaits_.started(one), tasks.finished(one)),
                                     elapsed(awaits_.started(other), tasks.finished(other)));
      if (both > 0 && both >= shorter / 2) return true;
    }
    return false;
  }

  // Waiters that one parent started at a stroke, and that share the work: so many at a time is what somebody chose. Each
  // takes what is left (they end up with different numbers), or has more to do than there are of them.
  bool are_workers(const OneByOne& all) const {
    std::vector<const AwaitRun*> firsts;  // of each waiter, by creation
    for (const AwaitRun& run : all.runs) {
      if (firsts.empty() || firsts.back()->waiter != run.waiter) firsts.push_back(&run);
    }
    const model::TaskTable& tasks = trace_.tasks;
    std::sort(firsts.begin(), firsts.end(), [&](const AwaitRun* a, const AwaitRun* b) {
      return std::make_pair(tasks.parent(a->waiter), a->waiter) <
             std::make_pair(tasks.parent(b->waiter), b->waiter);
    });
    std::uint64_t workers = 0;
    for (std::size_t at = 0; at < firsts.size();) {
      std::size_t end = at + 1;
      std::uint32_t least = firsts[at]->length, most = least;
      while (end < firsts.size() && at_a_stroke(*firsts[end - 1], *firsts[end])) {
        least = std::min(least, firsts[end]->length);
        most = std::max(most, firsts[end]->length);
        ++end;
      }
      if (end - at > 1 && (least != most || most >= end - at)) workers += end - at;
      at = end;
    }
    return 2 * workers >= firsts.size() && workers > 0;
  }
  bool at_a_stroke(const AwaitRun& one, const AwaitRun& next) const {
    const model::TaskTable& tasks = trace_.tasks;
    const TaskIndex parent = tasks.parent(one.waiter);
    if (parent != tasks.parent(next.waiter)) return false;
    const Time from = tasks.created(one.waiter);
    const Time to = tasks.created(next.waiter);
    const auto own = awaits_.of(parent);
    if (own.empty()) return elapsed(from, to) <= wait_of(trace_, edge_of(one, 0)) / 20;
    const auto after = std::partition_point(own.begin(), own.end(),
                                            [&](std::uint32_t at) { return trace_.edges[at].begin < from; });
    return after == own.end() || trace_.edges[*after].begin >= to;
  }

  Finding finding_of(std::uint32_t awaited_place, const OneByOne& all) const {
    const SiteGroup& group = groups_[awaited_place];
    const Nanos at_once = all.times.waited - all.saved;
    const auto proof = proven_.find(awaited_place);
    const bool proven = proof != proven_.end() && proof->second;
    const double share = percent_of(all.saved, all.lives);
    const double per_waiter = static_cast<double>(all.awaits) / static_cast<double>(all.runs.size());

    Finding finding;
    finding.detector = "sequential-awaits";
    finding.site = group.site;
    finding.stack = await_frame(trace_, edge_of(all.dearest, 0));
    finding.count = all.awaits;
    finding.first = all.first;
    finding.last = all.last;
    finding.price = static_cast<double>(all.saved) / 1e9;
    finding.candidate = !proven;
    finding.title =
        fmt::format("{} similar tasks were awaited one by one, {} in all: at once {} would do",
                    count_text(all.awaits), duration_text(all.times.waited), duration_text(at_once));
    finding.evidence = {{"awaits", static_cast<double>(all.awaits), "tasks"},
                        {"waiters", static_cast<double>(all.waiters), "tasks"},
                        {"awaits_in_a_row", per_waiter, "tasks"},
                        {"waited_total", to_ms(all.times.waited), "ms"},
                        {"longest_total", to_ms(all.times.longest), "ms"},
                        {"run_total", to_ms(all.times.run), "ms"},
                        {"saved_total", to_ms(all.saved), "ms"},
                        {"possible_speed_up", speed_up(all.times.waited, at_once), "x"},
                        {"share_of_waiters", share, "%"}};
    const bool worth_it = share >= limits_.sequential_share && to_ms(all.saved) >= limits_.sequential_ms;
    const bool maybe_lost = trace_.integrity.lost_events >= all.awaits;
    const bool workers = !proven && are_workers(all);
    const bool endless = !proven && 2 * all.endless >= all.waiters;
    if (maybe_lost) {
      finding.evidence.push_back(
          {"lost_events", static_cast<double>(trace_.integrity.lost_events), "events"});
      finding.advice =
          "Not enough evidence: events were lost, and what was awaited in between may be among them. Record "
          "again with a larger ring.";
    } else if (workers) {
      finding.advice =
          "Not enough evidence: the waiters were started together, as workers that share the work are; then "
          "so many at a time is what was meant. More of them, if what they wait for can take it, is the "
          "gain.";
    } else if (endless) {
      finding.advice =
          "Not enough evidence: the waiters go on without an end, as those do that serve what comes. If all "
          "is known beforehand, start it at once and await it together.";
    } else {
      finding.advice = proven ? "Start them all and await them together (when_all, a parallel group, a task "
                                "group): elsewhere tasks of this place run at the same time already."
                              : "If none needs the result of the one before, start them all and await them "
                                "together (when_all, a parallel group, a task group), no more at a time than "
                                "the other side can take.";
      if (worth_it) {
        const bool critical =
            proven && percent_of(all.saved, trace_.duration()) >= limits_.sequential_critical_share;
        finding.severity = critical ? Severity::critical : Severity::warning;
      }
    }
    tell_members(all.dearest, finding);
    return finding;
  }

  static double speed_up(Nanos waited, Nanos at_once) {
    return static_cast<double>(waited) / static_cast<double>(std::max<Nanos>(at_once, 1));
  }

  void tell_members(const AwaitRun& run, Finding& finding) const {
    finding.tasks.push_back(run.waiter);
    finding.members_title =
        fmt::format("What one of them awaited, one after the other, within {}",
                    duration_text(elapsed(edge_of(run, 0).begin, edge_of(run, run.length - 1).end)));
    for (std::uint32_t at = 0; at < run.length; ++at) {
      const model::Edge& edge = edge_of(run, at);
      if (finding.tasks.size() < kMaxExamples) finding.tasks.push_back(edge.to);
      if (finding.members.size() == kMaxMembers) break;
      finding.members.push_back({edge.to, at == 0 ? "awaited first" : "awaited after the one before",
                                 edge.begin, wait_of(trace_, edge)});
    }
  }

  // Requests that do different things one after the other: mostly they must, so that this is no more than a hint.
  void add_lines(const std::vector<AwaitLine>& lines, std::vector<Finding>& findings) const {
    struct Sum {
      std::uint64_t waiters = 0;
      std::uint64_t steps = 0;
      Times times;
      Nanos saved = 0;
      Nanos lives = 0;
      std::vector<TaskIndex> tasks;
    };
    std::map<std::uint32_t, Sum> by_place;
    for (const AwaitLine& line : lines) {
      const Times times{line.waited, line.longest, line.run};
      Sum& sum = by_place[groups_.of(trace_.tasks.site(line.waiter))];
      ++sum.waiters;
      sum.steps += line.steps;
      sum.times.add(times);
      sum.saved = add_saturating(sum.saved, times.saved());
      sum.lives = add_saturating(sum.lives, life_of(trace_, line.waiter));
      if (sum.tasks.size() < kMaxExamples) sum.tasks.push_back(line.waiter);
    }
    const std::pair<const std::uint32_t, Sum>* dearest = nullptr;
    for (const auto& entry : by_place) {
      const Sum& sum = entry.second;
      const bool worth_it = static_cast<double>(sum.waiters) >= limits_.sequential_requests &&
                            percent_of(sum.saved, sum.lives) >= limits_.sequential_share &&
                            to_ms(sum.saved) >= limits_.sequential_ms;
      if (worth_it && (dearest == nullptr || sum.saved > dearest->second.saved)) dearest = &entry;
    }
    if (dearest == nullptr) return;
    const Sum& sum = dearest->second;
    const Nanos at_once = sum.times.waited - sum.saved;
    Finding finding;
    finding.detector = "sequential-awaits";
    finding.site = groups_[dearest->first].site;
    finding.candidate = true;
    finding.count = sum.waiters;
    finding.first = trace_.tasks.created(sum.tasks.front());
    finding.last = trace_.end;
    finding.price = static_cast<double>(sum.saved) / 1e9;
    finding.title =
        fmt::format("{} tasks do {:.1f} different things each, one after the other", count_text(sum.waiters),
                    static_cast<double>(sum.steps) / static_cast<double>(sum.waiters));
    finding.evidence = {{"waiters", static_cast<double>(sum.waiters), "tasks"},
                        {"awaits", static_cast<double>(sum.steps), "tasks"},
                        {"waited_total", to_ms(sum.times.waited), "ms"},
                        {"longest_total", to_ms(sum.times.longest), "ms"},
                        {"run_total", to_ms(sum.times.run), "ms"},
                        {"saved_total", to_ms(sum.saved), "ms"},
                        {"possible_speed_up", speed_up(sum.times.waited, at_once), "x"},
                        {"share_of_waiters", percent_of(sum.saved, sum.lives), "%"}};
    finding.advice =
        "A hint, no more: where one of these steps does not need the result of those before it, start it "
        "with "
        "them and await it later.";
    finding.tasks = sum.tasks;
    findings.push_back(std::move(finding));
  }

  void add_callback_chains(std::uint32_t least, std::vector<Finding>& findings) const {
    for (CallbackChains& chains : find_callback_chains(trace_, groups_, least)) {
      const Nanos saved = chains.total - std::min(chains.total, chains.at_once);
      if (to_ms(saved) < limits_.sequential_ms) continue;
      Finding finding;
      finding.detector = "sequential-awaits";
      finding.site = groups_[chains.place].site;
      finding.candidate = true;
      finding.count = chains.tasks;
      finding.first = chains.first;
      finding.last = chains.last;
      finding.price = static_cast<double>(saved) / 1e9;
      finding.title = fmt::format("{} operations, each started in the callback of the one before: {} in all",
                                  count_text(chains.tasks), duration_text(chains.total));
      finding.evidence = {{"operations", static_cast<double>(chains.tasks), "tasks"},
                          {"chains", static_cast<double>(chains.chains), "chains"},
                          {"total", to_ms(chains.total), "ms"},
                          {"with_four_at_a_time", to_ms(chains.at_once), "ms"},
                          {"possible_speed_up", speed_up(chains.total, chains.at_once), "x"}};
      finding.advice =
          "If none needs the result of the one before, start a few of them at once: as many as the thread "
          "pool has threads (4, or UV_THREADPOOL_SIZE).";
      finding.members_title = "The longest chain";
      for (const TaskIndex task : chains.dearest) {
        if (finding.tasks.size() < kMaxExamples) finding.tasks.push_back(task);
        if (finding.members.size() == kMaxMembers) break;
        finding.members.push_back({task, finding.members.empty() ? "first" : "started by the one before",
                                   trace_.tasks.created(task), life_of(trace_, task)});
      }
      findings.push_back(std::move(finding));
    }
  }

  const model::Trace& trace_;
  const Limits& limits_;
  const SiteGroups groups_;
  const AwaitLists awaits_;
  AwaitedOperations operations_;
  std::map<Places, OneByOne> by_places_;
  std::unordered_map<std::uint32_t, bool> proven_;
};

}  // namespace

std::vector<Finding> sequential_awaits(const model::Trace& trace, const Limits& limits) {
  return Judge(trace, limits).findings();
}

}  // namespace loopscope::detect
