#include "viewer/detect/context_costs.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "viewer/detect/contexts.h"
#include "viewer/detect/coroutines.h"
#include "viewer/detect/place.h"

namespace loopscope::detect {
namespace {

using model::TaskIndex;

// Kinds of waits, in the order in which they are met. Awaited types may be many; those beyond are one.
class WaitKinds {
 public:
  static constexpr std::uint32_t kMost = 255;

  std::uint32_t of(const std::string& kind) {
    const auto found = known_.find(kind);
    if (found != known_.end()) return found->second;
    if (names_.size() == kMost) return kMost;
    names_.push_back(kind);
    known_.emplace(kind, static_cast<std::uint32_t>(names_.size() - 1));
    return static_cast<std::uint32_t>(names_.size() - 1);
  }
  std::size_t size() const { return names_.size() + 1; }
  std::string name(std::size_t kind) const { return kind < names_.size() ? names_[kind] : "others"; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> known_;
};

// By site of a task or of an await, so that nothing is looked up by name for each task.
std::vector<std::uint32_t> kinds_of_sites(const model::Trace& trace, WaitKinds& kinds) {
  std::vector<std::uint32_t> kind_of(trace.sites.size(), WaitKinds::kMost);
  for (std::size_t at = 0; at < trace.sites.size(); ++at) {
    const model::Site& site = trace.sites[at];
    const bool is_await = site.kind == "await" && !site.name.empty();
    const std::string& kind = is_await ? site.name : site.kind;
    kind_of[at] = kinds.of(kind.empty() ? "unknown kind" : kind);
  }
  return kind_of;
}

// Who waited for a task that it started: such a task's time is that one's.
struct Waiters {
  std::vector<bool> for_any;
  std::vector<bool> for_operation;  // that is no coroutine
};

Waiters waiters_of(const model::Trace& trace) {
  const model::TaskTable& tasks = trace.tasks;
  Waiters waiters{std::vector<bool>(tasks.size()), std::vector<bool>(tasks.size())};
  for (TaskIndex task = 0; task < tasks.size(); ++task) {
    const TaskIndex parent = tasks.parent(task);
    if (parent >= task || !ended_before(tasks, task, parent) || !ends_with_a_result(trace, task)) continue;
    waiters.for_any[parent] = true;
    if (!is_coroutine(trace, task)) waiters.for_operation[parent] = true;
  }
  return waiters;
}

class Costs {
 public:
  Costs(const model::Trace& trace, std::string_view key)
      : trace_(trace), contexts_(trace, key), times_(request_times(trace, contexts_)) {
    costs_.key = key;
    costs_.values = contexts_.values().size();
  }

  ContextCosts take() && {
    if (contexts_.empty()) return std::move(costs_);
    give_rows();
    add_requests();
    add_tasks_and_waits();
    add_stalls();
    return std::move(costs_);
  }

 private:
  // The dearest values have rows of their own.
  void give_rows() {
    std::vector<Nanos> total(contexts_.values().size());
    for (std::size_t at = 0; at < times_.size(); ++at) {
      Nanos& of = total[contexts_.requests()[at].value];
      of = add_saturating(of, times_[at].latency());
    }
    std::vector<std::uint32_t> order(total.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return total[a] > total[b]; });
    const std::size_t rows = std::min(order.size(), ContextCosts::kMostRows);
    row_of_.assign(order.size(), static_cast<std::uint32_t>(rows));
    costs_.rows.resize(rows + (order.size() > rows ? 1 : 0));
    for (std::uint32_t row = 0; row < rows; ++row) {
      row_of_[order[row]] = row;
      costs_.rows[row].value = contexts_.values()[order[row]];
    }
    if (order.size() > rows) costs_.rows[rows].rest = true;
  }

  ContextCost* row_of(TaskIndex task) {
    const std::uint32_t value = contexts_.value_of(task);
    return value == Contexts::kNone ? nullptr : &costs_.rows[row_of_[value]];
  }

  void add_requests() {
    std::vector<std::vector<Nanos>> latencies(costs_.rows.size());
    for (std::size_t at = 0; at < times_.size(); ++at) {
      const std::uint32_t number = row_of_[contexts_.requests()[at].value];
      ContextCost& row = costs_.rows[number];
      ++row.requests;
      row.total = add_saturating(row.total, times_[at].latency());
      row.failed += times_[at].failed;
      if (times_[at].finished)
        latencies[number].push_back(times_[at].latency());
      else
        ++row.unfinished;
    }
    for (std::size_t number = 0; number < latencies.size(); ++number) {
      std::vector<Nanos>& of = latencies[number];
      if (of.empty()) continue;
      std::sort(of.begin(), of.end());
      // The smallest that such a share does not exceed.
      const auto quantile = [&of](double q) {
        const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(of.size())));
        return of[std::max<std::size_t>(rank, 1) - 1];
      };
      costs_.rows[number].p50 = quantile(0.5);
      costs_.rows[number].p99 = quantile(0.99);
      costs_.rows[number].max = of.back();
    }
  }

  void add_wait(TaskIndex task, model::SiteIndex site, Nanos time) {
    const std::uint32_t value = contexts_.value_of(task);
    if (value == Contexts::kNone || time <= 0) return;
    WaitOfKind& wait = waits_[row_of_[value] * kinds_.size() + kind_of_[site]];
    ++wait.waits;
    wait.time = add_saturating(wait.time, time);
  }

  void add_tasks_and_waits() {
    kind_of_ = kinds_of_sites(trace_, kinds_);
    waits_.resize(costs_.rows.size() * kinds_.size());
    const Waiters waiters = waiters_of(trace_);
    const model::TaskTable& tasks = trace_.tasks;
    for (TaskIndex task = 0; task < tasks.size(); ++task) {
      ContextCost* const row = row_of(task);
      if (row == nullptr) continue;
      ++row->tasks;
      const model::SiteIndex site = tasks.site(task);
      if (waiters.for_any[task] || is_coroutine(trace_, task) || !ends_with_a_result(trace_, task)) continue;
      const Nanos life =
          subtract_saturating(tasks.pending(task) ? trace_.end : tasks.finished(task), tasks.created(task));
      add_wait(task, site, subtract_saturating(life, tasks.run_ns(task)));
    }
    for (const model::Edge& edge : trace_.edges) {
      if (edge.kind != model::Edge::Kind::await || edge.to != model::kNoTask) continue;
      if (edge.from >= tasks.size() || edge.site >= trace_.sites.size() || waiters.for_operation[edge.from])
        continue;
      const Time end = std::min({edge.end, trace_.end, tasks.finished(edge.from)});
      add_wait(edge.from, edge.site, subtract_saturating(end, edge.begin));
    }
    for (std::size_t row = 0; row < costs_.rows.size(); ++row) {
      std::vector<WaitOfKind>& own = costs_.rows[row].waits;
      for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
        WaitOfKind& wait = waits_[row * kinds_.size() + kind];
        if (wait.waits == 0) continue;
        wait.kind = kinds_.name(kind);
        own.push_back(std::move(wait));
      }
      std::stable_sort(own.begin(), own.end(),
                       [](const WaitOfKind& a, const WaitOfKind& b) { return a.time > b.time; });
      if (own.size() > ContextCost::kMostWaits) own.resize(ContextCost::kMostWaits);
    }
  }

  void add_stalls() {
    for (const model::Stall& stall : trace_.stalls) {
      if (ContextCost* const row = row_of(stall.task))
        row->blocked = add_saturating(row->blocked, std::max<Nanos>(stall.duration, 0));
    }
    for (const model::Waited& waited : trace_.waited) {
      ContextCost* const row = row_of(waited.task);
      const bool own = contexts_.request_of(waited.task) == contexts_.request_of(waited.blocker);
      if (row != nullptr && !own) row->held_up = add_saturating(row->held_up, waited.waited);
    }
  }

  const model::Trace& trace_;
  const Contexts contexts_;
  const std::vector<RequestTimes> times_;
  ContextCosts costs_;
  std::vector<std::uint32_t> row_of_;  // by value
  WaitKinds kinds_;
  std::vector<std::uint32_t> kind_of_;  // by site
  std::vector<WaitOfKind> waits_;       // by row and kind
};

}  // namespace

ContextCosts context_costs(const model::Trace& trace, std::string_view key) {
  return Costs(trace, key).take();
}

}  // namespace loopscope::detect
