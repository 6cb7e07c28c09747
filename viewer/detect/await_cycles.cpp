#include "viewer/detect/await_cycles.h"

#include <algorithm>
#include <utility>

#include "viewer/detect/overdue.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

constexpr std::uint32_t kNone = UINT32_MAX;

// A trace without an end may lack the last events of one thread and have those of another.
constexpr Nanos kUnseenTail = kSecond;

// Pending, or destroyed before it finished.
bool is_stopped(const model::Trace& trace, TaskIndex task) {
  return task < trace.tasks.size() &&
         (trace.tasks.pending(task) || trace.tasks.outcome(task) == model::Outcome::abandoned);
}

// The waits that were open when their waiter was last seen, each waiter's together. Nodes are waiters.
class OpenWaits {
 public:
  explicit OpenWaits(const model::Trace& trace) : trace_(trace) {
    for (std::uint32_t at = 0; at < trace.edges.size(); ++at) {
      const model::Edge& edge = trace.edges[at];
      if (edge.kind == model::Edge::Kind::await && edge.end == kNever && is_stopped(trace, edge.from))
        edges_.push_back(at);
    }
    std::sort(edges_.begin(), edges_.end(), [&](std::uint32_t a, std::uint32_t b) {
      const model::Edge& left = trace.edges[a];
      const model::Edge& right = trace.edges[b];
      if (left.from != right.from) return left.from < right.from;
      return left.begin != right.begin ? left.begin < right.begin : a < b;
    });
    // A task waits in one place at a time: an earlier await from another one was left open.
    std::vector<std::uint32_t> kept;
    kept.reserve(edges_.size());
    for (std::size_t from = 0; from < edges_.size();) {
      std::size_t to = from;
      while (to < edges_.size() && waiter_at(to) == waiter_at(from)) ++to;
      waiters_.push_back(waiter_at(from));
      first_.push_back(static_cast<std::uint32_t>(kept.size()));
      const model::SiteIndex place = trace.edges[edges_[to - 1]].site;
      for (; from < to; ++from) {
        if (trace.edges[edges_[from]].site == place) kept.push_back(edges_[from]);
      }
    }
    first_.push_back(static_cast<std::uint32_t>(kept.size()));
    edges_ = std::move(kept);
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(waiters_.size()); }
  TaskIndex waiter(std::uint32_t node) const { return waiters_[node]; }
  std::uint32_t first(std::uint32_t node) const { return first_[node]; }
  std::uint32_t edge(std::uint32_t at) const { return edges_[at]; }
  std::size_t edges() const { return edges_.size(); }
  // Whom that one is a wait for; kNone if it does not wait itself.
  std::uint32_t awaited(std::uint32_t at) const {
    const TaskIndex task = trace_.edges[edges_[at]].to;
    const auto found = std::lower_bound(waiters_.begin(), waiters_.end(), task);
    if (found == waiters_.end() || *found != task) return kNone;
    return static_cast<std::uint32_t>(found - waiters_.begin());
  }

 private:
  TaskIndex waiter_at(std::size_t at) const { return trace_.edges[edges_[at]].from; }

  const model::Trace& trace_;
  std::vector<std::uint32_t> edges_;  // by waiter, each one's in order of time
  std::vector<TaskIndex> waiters_;    // sorted
  std::vector<std::uint32_t> first_;  // by node: of its edges
};

// Who may go on: one of the things it waits for does not wait itself, or may go on in its turn.
std::vector<bool> may_go_on(const OpenWaits& waits) {
  std::vector<bool> free(waits.size());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> waiters_of;  // awaited, waiter
  std::vector<std::uint32_t> next;
  for (std::uint32_t node = 0; node < waits.size(); ++node) {
    for (std::uint32_t at = waits.first(node); at < waits.first(node + 1); ++at) {
      const std::uint32_t awaited = waits.awaited(at);
      if (awaited != kNone) {
        waiters_of.emplace_back(awaited, node);
      } else if (!free[node]) {
        free[node] = true;
        next.push_back(node);
      }
    }
  }
  std::sort(waiters_of.begin(), waiters_of.end());
  while (!next.empty()) {
    const std::uint32_t awaited = next.back();
    next.pop_back();
    auto at = std::lower_bound(waiters_of.begin(), waiters_of.end(), std::make_pair(awaited, 0U));
    for (; at != waiters_of.end() && at->first == awaited; ++at) {
      if (free[at->second]) continue;
      free[at->second] = true;
      next.push_back(at->second);
    }
  }
  return free;
}

Time end_of(const model::Trace& trace, TaskIndex task) {
  return std::min(trace.tasks.finished(task), trace.end);
}

AwaitCycle cycle_of(const model::Trace& trace, std::vector<CycleStep> steps) {
  const auto begin_of = [&](const CycleStep& step) { return trace.edges[step.edge].begin; };
  const auto first =
      std::min_element(steps.begin(), steps.end(), [&](const CycleStep& a, const CycleStep& b) {
        return begin_of(a) != begin_of(b) ? begin_of(a) < begin_of(b) : a.task < b.task;
      });
  std::rotate(steps.begin(), first, steps.end());
  AwaitCycle cycle;
  cycle.closed = begin_of(steps.front());
  cycle.until = trace.end;
  for (const CycleStep& step : steps) {
    cycle.closed = std::max(cycle.closed, begin_of(step));
    cycle.until = std::min(cycle.until, end_of(trace, step.task));
    cycle.waited = add_saturating(cycle.waited, elapsed(begin_of(step), end_of(trace, step.task)));
  }
  cycle.steps = std::move(steps);
  return cycle;
}

}  // namespace

AwaitCycles::AwaitCycles(const model::Trace& trace, const Limits& limits) {
  const OpenWaits waits(trace);
  if (waits.size() == 0) return;
  const model::Integrity& integrity = trace.integrity;
  is_certain_ =
      integrity.lost_events == 0 && integrity.damaged_packets == 0 && integrity.missing_packets == 0;
  const bool has_whole_tail = integrity.end_seen || integrity.recovered;
  const Nanos young = std::max(from_ms(limits.young_ms), has_whole_tail ? 0 : kUnseenTail);

  // Whoever may not go on waits for others that may not either: following the first of them leads to a cycle.
  const std::vector<bool> free = may_go_on(waits);
  std::vector<std::uint32_t> cycle_of_node(waits.size(), kNone);
  constexpr std::uint32_t kOnTheWay = kNone - 1;
  std::vector<std::uint32_t> way;
  for (std::uint32_t start = 0; start < waits.size(); ++start) {
    if (free[start] || cycle_of_node[start] != kNone) continue;
    way.clear();
    std::uint32_t node = start;
    while (cycle_of_node[node] == kNone) {
      cycle_of_node[node] = kOnTheWay;
      way.push_back(node);
      node = waits.awaited(waits.first(node));
    }
    std::size_t behind = way.size();
    std::uint32_t cycle = cycle_of_node[node];
    if (cycle == kOnTheWay) {  // a new one: from `node` on
      behind = static_cast<std::size_t>(std::find(way.begin(), way.end(), node) - way.begin());
      std::vector<CycleStep> steps;
      for (std::size_t at = behind; at < way.size(); ++at)
        steps.push_back({waits.waiter(way[at]), waits.edge(waits.first(way[at]))});
      cycle = static_cast<std::uint32_t>(cycles_.size());
      cycles_.push_back(detect::cycle_of(trace, std::move(steps)));
    }
    for (std::size_t at = 0; at < way.size(); ++at) {
      cycle_of_node[way[at]] = cycle;
      if (at >= behind) continue;
      const TaskIndex task = waits.waiter(way[at]);
      const model::Edge& edge = trace.edges[waits.edge(waits.first(way[at]))];
      AwaitCycle& found = cycles_[cycle];
      found.behind.push_back(task);
      found.waited = add_saturating(found.waited, elapsed(edge.begin, end_of(trace, task)));
    }
  }
  std::erase_if(cycles_, [&](const AwaitCycle& cycle) { return elapsed(cycle.closed, cycle.until) < young; });
  for (const AwaitCycle& cycle : cycles_) {
    for (const CycleStep& step : cycle.steps) held_.push_back(step.task);
    held_.insert(held_.end(), cycle.behind.begin(), cycle.behind.end());
  }
  std::sort(held_.begin(), held_.end());
}

bool AwaitCycles::holds(TaskIndex task) const {
  return is_certain_ && std::binary_search(held_.begin(), held_.end(), task);
}

}  // namespace loopscope::detect
