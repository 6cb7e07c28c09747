// unbounded-fan-out: one parent starts many tasks of one place at a stroke, and they wait for each other: the rate at which
// they finish is reached with far fewer at a time (the knee, see bursts.h). The rest queue, hold their memory and
// descriptors, and whoever else needs the same pool or peer stands behind them. Price: seconds that they were pending
// beyond what one takes alone. Fan-out that scales finishes all at about the same time, and is no finding; nor is one that
// is kept at a bound, by whoever starts the tasks or by a gate at which the tasks themselves wait; nor are timers.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/await_lists.h"
#include "viewer/detect/awaited_operation.h"
#include "viewer/detect/bursts.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/site_groups.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

// What is due at its time, what one stream takes in its order, and connections that others open do not compete for a
// number that the program could choose.
bool can_compete(const model::Trace& trace, const SiteGroup& group) {
  if (!group.judged || !group.one_shot || group.site >= trace.sites.size()) return false;
  const model::Site& site = trace.sites[group.site];
  if (site.is(model::kSynchronous) || site.is(model::kBlocking)) return false;
  const std::string_view kind = site.kind;
  for (const std::string_view word : {"timer", "write", "send", "idle", "post", "defer", "dispatch"}) {
    if (kind.find(word) != std::string_view::npos) return false;
  }
  return true;
}

struct FanOut {
  std::uint64_t bursts = 0;
  std::uint64_t tasks = 0;
  std::uint64_t peak = 0;
  Nanos queued_total = 0;
  Nanos queued_worst = 0;
  Nanos lasted = 0;
  Time first = kNever;
  Time last = 0;
  const Burst* biggest = nullptr;
  WorkedOff worked_off;  // the biggest
};

class Judge {
 public:
  Judge(const model::Trace& trace, const Limits& limits) : trace_(trace), limits_(limits), groups_(trace) {}

  std::vector<Finding> findings() {
    const auto least = static_cast<std::size_t>(limits_.fan_out_tasks);
    std::vector<bool> eligible(groups_.size());
    for (std::uint32_t place = 0; place < groups_.size(); ++place) {
      eligible[place] = groups_[place].created >= least && can_compete(trace_, groups_[place]);
    }
    const std::vector<Burst> bursts = find_bursts(trace_, groups_, eligible, least);
    std::map<std::uint32_t, FanOut> by_place;
    for (const Burst& burst : bursts) {
      const WorkedOff worked_off = work_off(trace_, burst);
      if (is_fan_out(burst, worked_off)) add(burst, worked_off, by_place[burst.place]);
    }
    std::vector<Finding> findings;
    for (const auto& [place, fan_out] : by_place) {
      if (to_ms(fan_out.lasted) < limits_.fan_out_ms || stands_around(fan_out, by_place)) continue;
      findings.push_back(finding_of(place, fan_out));
    }
    return findings;
  }

 private:
  // Nobody waits for tasks that finish out of turn: each takes its own time.
  static constexpr double kQueues = 0.7;
  // A burst is over before its work is.
  static constexpr Nanos kFaster = 10;

  bool is_fan_out(const Burst& burst, const WorkedOff& worked_off) {
    if (!worked_off.known || worked_off.order < kQueues) return false;
    if (worked_off.creating > worked_off.finishing / kFaster) return false;
    if (static_cast<double>(burst.peak) < limits_.fan_out_excess * std::max(worked_off.knee, 1.0))
      return false;
    if (burst.replenished * 4 > burst.tasks.size()) return false;
    return !comes_from_outside(burst) && !waits_at_a_gate(burst, worked_off);
  }

  // Connections that clients open, messages that arrive: the parent takes what comes.
  bool comes_from_outside(const Burst& burst) {
    if (burst.parent >= trace_.tasks.size()) return false;
    const model::SiteIndex site = trace_.tasks.site(burst.parent);
    if (site < trace_.sites.size()) {
      const std::string_view kind = trace_.sites[site].kind;
      if (kind.find("listen") != std::string_view::npos || kind.find("accept") != std::string_view::npos)
        return true;
    }
    const Time from = trace_.tasks.created(burst.tasks.front());
    const Time to = trace_.tasks.created(burst.tasks.back());
    std::size_t streams = 0;
    const auto own = awaits().of(burst.parent);
    auto at = std::partition_point(own.begin(), own.end(),
                                   [&](std::uint32_t edge) { return trace_.edges[edge].begin < from; });
    for (; at != own.end() && trace_.edges[*at].begin <= to; ++at) {
      streams += operations_->of(trace_.edges[*at]) == AwaitedKind::stream;
    }
    return streams * 4 > burst.tasks.size();
  }

  // The later ones wait first, and then take as long as one takes alone: a semaphore of the program's own.
  bool waits_at_a_gate(const Burst& burst, const WorkedOff& worked_off) {
    if (awaits().empty()) return false;
    std::vector<double> behind;  // the first wait, of `alone`
    std::size_t waited_first = 0;
    const auto alone = static_cast<double>(std::max<Nanos>(worked_off.alone, 1));
    for (std::size_t at = burst.tasks.size() / 2; at < burst.tasks.size(); ++at) {
      const TaskIndex task = burst.tasks[at];
      const auto own = awaits().of(task);
      const Time finished = trace_.tasks.finished(task);
      if (own.empty() || finished == kNever) continue;
      const model::Edge& first = trace_.edges[own.front()];
      const Nanos wait = wait_of(trace_, first);
      waited_first += 2 * wait >= elapsed(trace_.tasks.created(task), finished);
      behind.push_back(static_cast<double>(elapsed(first.end, finished)) / alone);
    }
    if (behind.size() * 4 < burst.tasks.size() || waited_first * 2 < behind.size()) return false;
    const auto middle = behind.begin() + static_cast<std::ptrdiff_t>(behind.size() / 2);
    std::nth_element(behind.begin(), middle, behind.end());
    return *middle >= 0.5 && *middle <= 2;
  }

  // Each of its tasks awaits one of another burst as big: what a library puts around the program's own, which is told of.
  bool stands_around(const FanOut& fan_out, const std::map<std::uint32_t, FanOut>& by_place) {
    std::size_t around = 0;
    for (const TaskIndex task : fan_out.biggest->tasks) {
      const auto own = awaits().of(task);
      if (own.empty()) continue;
      const model::Edge& edge = trace_.edges[own.front()];
      if (edge.to >= trace_.tasks.size() || trace_.tasks.created(edge.to) > trace_.tasks.created(task))
        continue;
      const auto found = by_place.find(groups_.of(trace_.tasks.site(edge.to)));
      around += found != by_place.end() && &found->second != &fan_out &&
                found->second.peak * 10 >= fan_out.peak * 9;
    }
    return around * 10 >= fan_out.biggest->tasks.size() * 9;
  }

  // Made when the first burst asks for them.
  const AwaitLists& awaits() {
    if (!awaits_) {
      awaits_.emplace(trace_);
      operations_.emplace(trace_);
    }
    return *awaits_;
  }

  void add(const Burst& burst, const WorkedOff& worked_off, FanOut& sum) const {
    ++sum.bursts;
    sum.tasks += burst.tasks.size();
    sum.queued_total = add_saturating(sum.queued_total, worked_off.queued_total);
    sum.queued_worst = std::max(sum.queued_worst, worked_off.queued_worst);
    sum.lasted = add_saturating(sum.lasted, worked_off.lasted);
    const Time first = trace_.tasks.created(burst.tasks.front());
    sum.first = std::min(sum.first, first);
    sum.last = std::max(sum.last, add_saturating(first, worked_off.lasted));
    if (burst.peak <= sum.peak) return;
    sum.peak = burst.peak;
    sum.biggest = &burst;
    sum.worked_off = worked_off;
  }

  Finding finding_of(std::uint32_t place, const FanOut& all) const {
    const SiteGroup& group = groups_[place];
    const WorkedOff& biggest = all.worked_off;
    const double knee = std::max(std::round(biggest.knee), 1.0);
    const double share =
        trace_.duration() > 0
            ? std::min(100.0, 100 * static_cast<double>(all.lasted) / static_cast<double>(trace_.duration()))
            : 0;
    const double busy =
        100 * static_cast<double>(biggest.run) / static_cast<double>(std::max<Nanos>(biggest.lasted, 1));
    Finding finding;
    finding.detector = "unbounded-fan-out";
    finding.site = group.site;
    finding.count = all.tasks;
    finding.first = all.first;
    finding.last = all.last;
    finding.price = static_cast<double>(all.queued_total) / 1e9;
    finding.title =
        fmt::format("{} {} tasks were started at once, {} at a time are done as fast", count_text(all.peak),
                    trace_.sites[group.site].kind, count_text(static_cast<std::uint64_t>(knee)));
    finding.evidence = {
        {"peak_at_once", static_cast<double>(all.peak), "tasks"},
        {"suggested_limit", knee, "tasks"},
        {"bursts", static_cast<double>(all.bursts), "bursts"},
        {"started", static_cast<double>(all.tasks), "tasks"},
        {"rate", biggest.rate, "1/s"},
        {"alone", to_ms(biggest.alone), "ms"},
        {"queue_delay_mean",
         to_ms(all.queued_total) / static_cast<double>(std::max<std::uint64_t>(all.tasks, 1)), "ms"},
        {"queue_delay_worst", to_ms(all.queued_worst), "ms"},
        {"worked_off_in", to_ms(biggest.lasted), "ms"},
        {"in_order", biggest.order, ""},
        {"share_of_trace", share, "%"}};
    const bool on_one_thread = busy >= 80 && knee <= 2;
    if (on_one_thread) finding.evidence.push_back({"running", busy, "%"});
    const bool enough = share >= limits_.fan_out_share;
    const bool maybe_lost = trace_.integrity.lost_events >= all.tasks;
    if (maybe_lost) {
      finding.evidence.push_back(
          {"lost_events", static_cast<double>(trace_.integrity.lost_events), "events"});
      finding.advice =
          "Not enough evidence: events were lost, and what they would say of these tasks with them. Record "
          "again with a larger ring.";
    } else {
      if (enough) {
        const bool critical = static_cast<double>(all.peak) >= limits_.fan_out_critical &&
                              share >= limits_.fan_out_critical_share;
        finding.severity = critical ? Severity::critical : Severity::warning;
      }
      finding.advice = advice_for(trace_.sites[group.site].kind, knee, on_one_thread);
    }
    if (all.biggest->parent < trace_.tasks.size()) finding.tasks.push_back(all.biggest->parent);
    // The last one, which waited longest, and the first, which shows how long one takes.
    finding.tasks.push_back(all.biggest->tasks.back());
    finding.tasks.push_back(all.biggest->tasks.front());
    return finding;
  }

  static std::string advice_for(std::string_view kind, double knee, bool on_one_thread) {
    const auto bound = count_text(static_cast<std::uint64_t>(knee));
    if (on_one_thread) {
      return "They run one after the other on one thread, so that starting them all gains nothing and makes "
             "everybody else wait: start the next when one is done, or move the work to a pool.";
    }
    if (kind.starts_with("uv_fs") || kind.starts_with("uv_work") || kind.starts_with("uv_get")) {
      return fmt::format(
          "They queue for libuv's thread pool (UV_THREADPOOL_SIZE, 4 if not set), and everybody else's work "
          "behind them: start {} and one more whenever one is done.",
          bound);
    }
    return fmt::format(
        "Start {} and one more whenever one is done (a semaphore, a pool of workers): the others only wait, "
        "with all that they hold.",
        bound);
  }

  const model::Trace& trace_;
  const Limits& limits_;
  const SiteGroups groups_;
  std::optional<AwaitLists> awaits_;
  std::optional<AwaitedOperations> operations_;
};

}  // namespace

std::vector<Finding> unbounded_fan_out(const model::Trace& trace, const Limits& limits) {
  // The tasks of a burst are needed one by one.
  if (trace.streamed()) return {};
  return Judge(trace, limits).findings();
}

}  // namespace loopscope::detect
