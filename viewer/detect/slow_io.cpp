// slow-io: the loops are idle and not late, yet what was asked for takes long: where the waiting goes, by kind and place.
// Operations on files and names are of this machine; a peer's slowness is a finding only where a task waits for it. What
// waits on purpose or for somebody to come (timers, readers, accepts, locks) is never slow.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/coroutines.h"
#include "viewer/detect/detectors.h"
#include "viewer/detect/growth.h"
#include "viewer/detect/operations.h"
#include "viewer/detect/overdue.h"
#include "viewer/detect/place.h"
#include "viewer/detect/site_groups.h"
#include "viewer/detect/thread_pools.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

constexpr std::size_t kMostPlaces = 5;        // that are findings
constexpr std::size_t kMostLookedAt = 1'000;  // tasks of a place whose waiters are asked for
constexpr std::size_t kMostAncestors = 16;

// All waits for the same thing at one place.
struct Waiting {
  std::uint32_t group = 0;
  Operation operation = Operation::other;
  bool is_await = false;  // of what is no task: `group` is the place of the co_await
  Histogram time;
  std::vector<TaskIndex> longest;  // tasks, or waiters, at most kMaxExamples
  bool somebody_waits = false;
  bool once_each =
      true;  // awaits: a task asks once or twice, and is no loop that waits for the next of something
};

// How busy the loops are, in %; without loops, how long callbacks ran.
double used_share(const model::Trace& trace) {
  double busy = 0;
  double all = 0;
  for (const model::Loop& loop : trace.loops) {
    busy += static_cast<double>(std::max<Nanos>(loop.busy_ns, 0));
    all += static_cast<double>(std::max<Nanos>(loop.busy_ns, 0)) +
           static_cast<double>(std::max<Nanos>(loop.idle_ns, 0));
  }
  if (all <= 0) {
    for (const model::Site& site : trace.sites) busy += static_cast<double>(std::max<Nanos>(site.run_ns, 0));
    all = static_cast<double>(std::max<Nanos>(elapsed(trace.begin, trace.end), 1));
  }
  return std::min(100 * busy / all, 100.0);
}

Nanos worst_lag(const model::Trace& trace, double q) {
  Nanos worst = 0;
  for (const model::Loop& loop : trace.loops) worst = std::max(worst, loop.lag.quantile(q));
  return worst;
}

bool is_slow(const Histogram& time, const Limits& limits) {
  return static_cast<double>(time.count()) >= limits.slow_operations &&
         to_ms(time.quantile(0.99)) >= limits.slow_p99_ms;
}

std::string key_of(std::string_view kind) {
  std::string key = "waiting_in_";
  for (const char letter : kind.substr(0, 60)) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || letter == '_';
    if (plain || key.back() != '_') key += plain ? letter : '_';
  }
  return key;
}

class Search {
 public:
  Search(const model::Trace& trace, const Limits& limits) : trace_(trace), limits_(limits), groups_(trace) {
    gather_tasks();
    gather_awaits();
  }

  bool any_slow() const {
    return std::any_of(all_.begin(), all_.end(),
                       [&](const Waiting& one) { return is_slow(one.time, limits_); });
  }

  // Slow ones with their share of all, most waiting first.
  std::vector<Waiting> slow() {
    std::vector<Waiting> found;
    for (Waiting& one : all_) {
      if (is_slow(one.time, limits_) && share_of(one.time.sum()) >= limits_.slow_share) found.push_back(one);
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Waiting& a, const Waiting& b) { return a.time.sum() > b.time.sum(); });
    if (found.size() > kMostPlaces) found.resize(kMostPlaces);
    find_waiters(found);
    return found;
  }

  double share_of(Nanos time) const {
    return total_ > 0 ? 100 * static_cast<double>(time) / static_cast<double>(total_) : 0;
  }
  const SiteGroups& groups() const { return groups_; }
  const std::map<std::string, Nanos>& by_kind() const { return by_kind_; }
  std::string kind_of(const Waiting& one) const {
    const model::Site& site = trace_.sites[groups_[one.group].site];
    return one.is_await ? site.name : site.kind;
  }

 private:
  void add(Waiting waiting) {
    total_ = add_saturating(total_, waiting.time.sum());
    Nanos& of_kind = by_kind_[kind_of(waiting)];
    of_kind = add_saturating(of_kind, waiting.time.sum());
    all_.push_back(std::move(waiting));
  }

  void gather_tasks() {
    for (std::uint32_t group = 0; group < groups_.size(); ++group) {
      const SiteGroup& place = groups_[group];
      if (place.site >= trace_.sites.size() || !place.one_shot || !place.judged || place.finished == 0)
        continue;
      const model::Site& site = trace_.sites[place.site];
      if (site.is(model::kSynchronous) || site.is(model::kBlocking) || site.kind == kCoroutine) continue;
      const Operation operation = operation_of(site.kind);
      if (operation == Operation::other || operation == Operation::timer) continue;
      Waiting waiting;
      waiting.group = group;
      waiting.operation = operation;
      for (const model::SiteIndex member : place.members) waiting.time.merge(trace_.sites[member].lifetime);
      add(std::move(waiting));
    }
  }

  bool is_leaf(const model::Edge& edge) const {
    return edge.kind == model::Edge::Kind::await && edge.to == model::kNoTask && edge.end != kNever &&
           edge.from < trace_.tasks.size() && edge.site != model::kNoSite && edge.site < trace_.sites.size();
  }

  void gather_awaits() {
    std::map<std::uint32_t, Waiting> by_group;
    for (const model::Edge& edge : trace_.edges) {
      if (!is_leaf(edge)) continue;
      const std::uint32_t group = groups_.of(edge.site);
      const auto [found, is_new] = by_group.try_emplace(group);
      if (is_new) {
        found->second.group = group;
        found->second.is_await = may_be_an_answer(trace_.sites[edge.site].name);
      }
      if (found->second.is_await) found->second.time.add(elapsed(edge.begin, edge.end));
    }
    for (auto& [group, waiting] : by_group) {
      if (waiting.is_await) add(std::move(waiting));
    }
  }

  bool is_labelled(TaskIndex task) const {
    for (std::size_t step = 0; step < kMostAncestors && task < trace_.tasks.size(); ++step) {
      if (labelled_.contains(task)) return true;
      task = trace_.tasks.parent(task);
    }
    return false;
  }

  // Examples of each, and whether anybody waits for them.
  void find_waiters(std::vector<Waiting>& found) {
    if (found.empty()) return;
    for (const model::Label& label : trace_.labels) labelled_.insert(label.task);
    for (const model::Edge& edge : trace_.edges) {
      if (edge.kind == model::Edge::Kind::await && edge.to != model::kNoTask) awaited_.insert(edge.to);
    }
    for (Waiting& one : found) {
      std::vector<std::pair<Nanos, TaskIndex>> times;
      if (one.is_await) {
        for (const model::Edge& edge : trace_.edges) {
          if (is_leaf(edge) && groups_.of(edge.site) == one.group)
            times.emplace_back(elapsed(edge.begin, edge.end), edge.from);
        }
      } else {
        for (TaskIndex task = 0; task < trace_.tasks.size(); ++task) {
          if (groups_.of(trace_.tasks.site(task)) == one.group && !trace_.tasks.pending(task))
            times.emplace_back(elapsed(trace_.tasks.created(task), trace_.tasks.finished(task)), task);
        }
      }
      tell_of(times, one);
    }
  }

  void tell_of(std::vector<std::pair<Nanos, TaskIndex>>& times, Waiting& one) const {
    std::size_t with = 0;
    std::size_t seen = 0;
    for (; seen < std::min(times.size(), kMostLookedAt); ++seen) {
      const TaskIndex task = times[seen].second;
      with += awaited_.contains(task) || is_labelled(task);
    }
    one.somebody_waits = with > 0 && with * 2 >= seen;
    std::sort(times.begin(), times.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    for (const auto& [time, task] : times) {
      if (one.longest.size() == kMaxExamples) break;
      if (std::find(one.longest.begin(), one.longest.end(), task) == one.longest.end())
        one.longest.push_back(task);
    }
    if (!one.is_await) return;
    std::sort(times.begin(), times.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    std::size_t waiters = 0;
    for (std::size_t at = 0; at < times.size(); ++at)
      waiters += at == 0 || times[at].second != times[at - 1].second;
    one.once_each = times.size() <= 2 * waiters;
  }

  const model::Trace& trace_;
  const Limits& limits_;
  SiteGroups groups_;
  std::vector<Waiting> all_;
  std::map<std::string, Nanos> by_kind_;
  Nanos total_ = 0;
  std::unordered_set<TaskIndex> labelled_, awaited_;
};

bool is_of_this_machine(Operation operation) {
  return operation == Operation::file || operation == Operation::lookup;
}

std::string advice_for(const Waiting& one) {
  switch (one.operation) {
    case Operation::file:
      return "The disk (or the pipe, or the network file system) is what requests wait for: read it ahead, "
             "keep what was "
             "read, or do with fewer and larger operations.";
    case Operation::lookup:
      return "Names are looked up too slowly: keep the answers, ask for all of them at once, and look at the "
             "resolver's "
             "servers and timeouts (/etc/resolv.conf).";
    case Operation::connect:
      return "Peers take long to accept: keep connections open and use them again, and give each attempt a "
             "deadline.";
    case Operation::write: return "The peer takes long to take it: look at the peer, or at the way to it.";
    case Operation::work: return "Work on the thread pool takes long by itself: see what it does.";
    default:
      return "The answer comes late: look at who gives it. Ask earlier or for several at once, keep answers, "
             "and give each "
             "question a deadline.";
  }
}

Finding finding_of(const model::Trace& trace, const Limits& limits, const Search& search, const Waiting& one,
                   double used, const std::vector<ThreadPool>& pools) {
  const model::SiteIndex site = search.groups()[one.group].site;
  const std::string kind = search.kind_of(one);
  const Nanos p99 = one.time.quantile(0.99);
  Finding finding;
  finding.detector = "slow-io";
  finding.site = site;
  finding.first = trace.begin;
  finding.last = trace.end;
  finding.count = one.time.count();
  finding.price = static_cast<double>(one.time.sum()) / 1e9;
  finding.tasks = one.longest;
  finding.title =
      fmt::format("{} takes up to {} while the loops are {} busy: {}", kind, duration_text(one.time.max()),
                  percent_text(used / 100), place_text(trace.sites[site]));
  finding.evidence = {{"operations", static_cast<double>(finding.count), "operations"},
                      {"lifetime_p50", to_ms(one.time.quantile(0.5)), "ms"},
                      {"lifetime_p99", to_ms(p99), "ms"},
                      {"lifetime_max", to_ms(one.time.max()), "ms"},
                      {"waiting_total", to_ms(one.time.sum()), "ms"},
                      {"share_of_waiting", search.share_of(one.time.sum()), "%"},
                      {"loops_busy", used, "%"},
                      {"lag_p99", to_ms(worst_lag(trace, 0.99)), "ms"}};
  std::vector<std::pair<Nanos, std::string>> kinds;
  for (const auto& [name, time] : search.by_kind()) kinds.emplace_back(time, name);
  std::sort(kinds.rbegin(), kinds.rend());
  for (std::size_t at = 0; at < std::min<std::size_t>(kinds.size(), 3); ++at)
    finding.evidence.push_back({key_of(kinds[at].second), search.share_of(kinds[at].first), "%"});

  const bool by_pool = std::any_of(pools.begin(), pools.end(), [&](const ThreadPool& pool) {
    return pool.saturated(limits) && pool.queue.quantile(0.99) >= p99 / 2;
  });
  if (is_of_this_machine(one.operation) && by_pool) {
    finding.advice =
        "They wait for a thread of the pool, which is full: see pool-saturation, and mend that first.";
  } else if (is_of_this_machine(one.operation) ||
             (!one.is_await && one.somebody_waits && one.once_each && one.operation != Operation::work)) {
    finding.severity = Severity::warning;
    finding.advice = advice_for(one);
  } else {
    finding.candidate = true;
    finding.advice = advice_for(one) +
                     (one.is_await ? " Only its name tells what is awaited, so it may be slow on purpose."
                                   : " Nobody is seen to wait for them, so they may be slow on purpose.");
  }
  return finding;
}

}  // namespace

std::vector<Finding> slow_io(const model::Trace& trace, const Limits& limits) {
  const double used = used_share(trace);
  // A loop that is busy or late is the first thing to mend, and part of every operation's time.
  if (used >= limits.idle_used || to_ms(worst_lag(trace, 0.99)) > limits.lag_p99_ms) return {};
  Search search(trace, limits);
  if (!search.any_slow()) return {};
  const std::vector<ThreadPool> pools = thread_pools(trace, search.groups());
  const bool is_full =
      std::any_of(pools.begin(), pools.end(), [&](const ThreadPool& pool) { return pool.saturated(limits); });
  const std::vector<GrowingPlace> queues = growing_places(trace, limits, search.groups(), is_write);
  std::vector<Finding> findings;
  for (const Waiting& one : search.slow()) {
    // One finding a cause: pool-saturation has that work, backpressure those writes.
    if (one.operation == Operation::work && is_full) continue;
    const bool queues_up = std::any_of(queues.begin(), queues.end(),
                                       [&](const GrowingPlace& place) { return place.group == one.group; });
    if (!one.is_await && queues_up) continue;
    findings.push_back(finding_of(trace, limits, search, one, used, pools));
  }
  return findings;
}

}  // namespace loopscope::detect
