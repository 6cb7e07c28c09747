#include "viewer/detect/path_tasks.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace loopscope::detect {
namespace {

using model::TaskIndex;

// Whoever is awaited may await others, which are not below any request: so many times over.
constexpr int kMostRounds = 16;

}  // namespace

PathTasks::PathTasks(const model::Trace& trace, const Contexts& contexts,
                     std::span<const std::uint32_t> requests) {
  for (std::uint32_t at = 0; at < trace.edges.size(); ++at) {
    const model::Edge& edge = trace.edges[at];
    if (edge.kind == model::Edge::Kind::await && edge.from < trace.tasks.size()) await_edges_.push_back(at);
  }
  std::stable_sort(await_edges_.begin(), await_edges_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const model::Edge& left = trace.edges[a];
    const model::Edge& right = trace.edges[b];
    return left.from != right.from ? left.from < right.from : left.begin < right.begin;
  });
  for (const std::uint32_t at : await_edges_) waiter_of_edge_.push_back(trace.edges[at].from);
  number_tasks(trace, contexts, choose(trace, contexts, requests));
  number_trees(trace);
  take_spans(trace);
  take_activities(trace);
}

std::pair<std::size_t, std::size_t> PathTasks::edges_of(TaskIndex task) const {
  const auto [first, last] = std::equal_range(waiter_of_edge_.begin(), waiter_of_edge_.end(), task);
  return {static_cast<std::size_t>(first - waiter_of_edge_.begin()),
          static_cast<std::size_t>(last - waiter_of_edge_.begin())};
}

std::size_t PathTasks::behind(std::uint32_t group, Time at) const {
  const auto first = activities_.begin() + static_cast<std::ptrdiff_t>(first_activity_[group]);
  const auto last = activities_.begin() + static_cast<std::ptrdiff_t>(first_activity_[group + 1]);
  const auto found = std::partition_point(first, last, [at](const Activity& one) {
    return one.begin < at || (one.begin == at && one.end == at);
  });
  return static_cast<std::size_t>(found - activities_.begin());
}

std::vector<bool> PathTasks::choose(const model::Trace& trace, const Contexts& contexts,
                                    std::span<const std::uint32_t> requests) const {
  const auto tasks = static_cast<TaskIndex>(trace.tasks.size());
  std::vector<bool> wanted(contexts.requests().size());
  for (const std::uint32_t request : requests) wanted[request] = true;
  std::vector<bool> chosen(tasks);
  for (TaskIndex task = 0; task < tasks; ++task) {
    const std::uint32_t request = contexts.request_of(task);
    chosen[task] = request != Contexts::kNone && wanted[request];
  }
  // Whoever these await, and what is below those.
  for (int round = 0; round < kMostRounds; ++round) {
    bool more = false;
    std::vector<TaskIndex> fresh;
    for (std::size_t at = 0; at < await_edges_.size(); ++at) {
      const TaskIndex awaited = trace.edges[await_edges_[at]].to;
      if (awaited < tasks && chosen[waiter_of_edge_[at]] && !chosen[awaited]) fresh.push_back(awaited);
    }
    while (!fresh.empty()) {
      const TaskIndex task = fresh.back();
      fresh.pop_back();
      if (chosen[task]) continue;
      chosen[task] = more = true;
      const auto [first, last] = edges_of(task);
      for (std::size_t at = first; at < last; ++at) {
        const TaskIndex awaited = trace.edges[await_edges_[at]].to;
        if (awaited < tasks && !chosen[awaited]) fresh.push_back(awaited);
      }
    }
    if (!more) break;
    for (TaskIndex task = 0; task < tasks; ++task) {
      const TaskIndex parent = trace.tasks.parent(task);
      // What is below another request stays that one's.
      if (parent < task && chosen[parent] && contexts.request_of(task) == contexts.request_of(parent))
        chosen[task] = true;
    }
  }
  return chosen;
}

void PathTasks::number_tasks(const model::Trace& trace, const Contexts& contexts,
                             const std::vector<bool>& chosen) {
  number_.assign(chosen.size(), kNone);
  std::vector<std::uint32_t> group_of_request(contexts.requests().size(), kNone);
  std::uint32_t groups = 0;
  for (TaskIndex task = 0; task < chosen.size(); ++task) {
    if (!chosen[task]) continue;
    number_[task] = static_cast<std::uint32_t>(task_of_.size());
    task_of_.push_back(task);
    const std::uint32_t request = contexts.request_of(task);
    const TaskIndex parent = trace.tasks.parent(task);
    std::uint32_t group = kNone;
    if (request != Contexts::kNone) {
      group = group_of_request[request];
    } else if (parent < task && has(parent) && contexts.request_of(parent) == Contexts::kNone) {
      group = group_of_[number_[parent]];
    }
    if (group == kNone) group = groups++;
    if (request != Contexts::kNone) group_of_request[request] = group;
    group_of_.push_back(group);
  }
  first_activity_.assign(std::size_t{groups} + 1, 0);
}

// Parents come before their children, so that the sizes of all trees are known after one pass from behind, and the places
// after one from the front.
void PathTasks::number_trees(const model::Trace& trace) {
  const std::size_t count = task_of_.size();
  const auto parent_of = [&](std::size_t number) {
    const TaskIndex task = task_of_[number];
    const TaskIndex parent = trace.tasks.parent(task);
    const bool is_same = parent < task && has(parent) && group_of_[number_[parent]] == group_of_[number];
    return is_same ? number_[parent] : kNone;
  };
  std::vector<std::uint32_t> size(count, 1);
  for (std::size_t number = count; number-- > 0;) {
    if (const std::uint32_t parent = parent_of(number); parent != kNone) size[parent] += size[number];
  }
  enter_.resize(count);
  leave_.resize(count);
  std::vector<std::uint32_t> free_from(count);  // where the next child's tree begins
  std::uint32_t next = 0;
  for (std::size_t number = 0; number < count; ++number) {
    const std::uint32_t parent = parent_of(number);
    std::uint32_t& from = parent == kNone ? next : free_from[parent];
    enter_[number] = from;
    leave_[number] = from + size[number];
    free_from[number] = from + 1;
    from += size[number];
  }
}

bool PathTasks::is_below(TaskIndex task, TaskIndex above) const {
  if (task == above || !has(task) || !has(above)) return false;
  const std::uint32_t place = enter_[number_[task]];
  return place >= enter_[number_[above]] && place < leave_[number_[above]];
}

bool PathTasks::has_any_below(TaskIndex task) const {
  return has(task) && leave_[number_[task]] - enter_[number_[task]] > 1;
}

void PathTasks::take_spans(const model::Trace& trace) {
  Time from = kNever;
  Time to = std::numeric_limits<Time>::min();
  for (const TaskIndex task : task_of_) {
    from = std::min(from, trace.tasks.created(task));
    to = std::max(to, trace.tasks.pending(task) ? trace.end : trace.tasks.finished(task));
  }
  struct Taken {
    std::uint32_t number;
    PathSpan span;
  };
  std::vector<Taken> taken;
  const auto take = [&](const model::IntervalRow& row, std::uint32_t thread) {
    // A span goes on for a moment after the finish that it reports.
    for (std::size_t at = row.first_ending_after(subtract_saturating(from, 1)); at < row.size(); ++at) {
      if (row.begin(at) > to) break;
      if (!has(row.task(at))) continue;
      taken.push_back({number_[row.task(at)], {row.begin(at), row.end(at), row.lag(at), thread}});
    }
  };
  for (std::uint32_t thread = 0; thread < trace.timeline.threads.size(); ++thread) {
    for (const model::IntervalRow& row : trace.timeline.threads[thread].spans) take(row, thread);
    take(trace.timeline.threads[thread].calls, thread);
  }
  std::sort(taken.begin(), taken.end(), [](const Taken& a, const Taken& b) {
    return std::tie(a.number, a.span.begin, b.span.end) < std::tie(b.number, b.span.begin, a.span.end);
  });
  first_span_.assign(task_of_.size() + 1, 0);
  std::uint32_t last = kNone;
  for (const Taken& one : taken) {
    if (last == one.number && one.span.begin < spans_.back().end) {
      spans_.back().end = std::max(spans_.back().end, one.span.end);
      continue;
    }
    last = one.number;
    spans_.push_back(one.span);
    ++first_span_[one.number + 1];
  }
  for (std::size_t number = 0; number < task_of_.size(); ++number)
    first_span_[number + 1] += first_span_[number];
}

void PathTasks::take_activities(const model::Trace& trace) {
  activities_.reserve(spans_.size() + task_of_.size());
  for (std::size_t number = 0; number < task_of_.size(); ++number) {
    const TaskIndex task = task_of_[number];
    for (const PathSpan& span : spans(task)) activities_.push_back({span.begin, span.end, task});
    const Time finished = trace.tasks.finished(task);
    if (finished != kNever) activities_.push_back({finished, finished, task});
  }
  const auto group_of = [this](const Activity& activity) { return group_of_[number_[activity.task]]; };
  std::sort(activities_.begin(), activities_.end(), [&](const Activity& a, const Activity& b) {
    return std::make_tuple(group_of(a), a.begin, a.end, a.task) <
           std::make_tuple(group_of(b), b.begin, b.end, b.task);
  });
  latest_end_.reserve(activities_.size());
  for (std::size_t at = 0; at < activities_.size(); ++at) {
    const bool is_first = at == 0 || group_of(activities_[at]) != group_of(activities_[at - 1]);
    latest_end_.push_back(is_first ? activities_[at].end : std::max(latest_end_.back(), activities_[at].end));
    ++first_activity_[group_of(activities_[at]) + 1];
  }
  for (std::size_t group = 0; group + 1 < first_activity_.size(); ++group)
    first_activity_[group + 1] += first_activity_[group];
}

std::span<const PathSpan> PathTasks::spans(TaskIndex task) const {
  const std::uint32_t number = number_[task];
  return std::span(spans_).subspan(first_span_[number], first_span_[number + 1] - first_span_[number]);
}

std::span<const std::uint32_t> PathTasks::awaits(TaskIndex task) const {
  const auto [first, last] = edges_of(task);
  return std::span(await_edges_).subspan(first, last - first);
}

}  // namespace loopscope::detect
