#include "viewer/detect/await_groups.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "viewer/detect/overdue.h"

namespace loopscope::detect {
namespace {

using model::kNoTask;
using model::TaskIndex;

class Finder {
 public:
  Finder(const model::Trace& trace, const SiteGroups& groups, const AwaitLists& awaits)
      : trace_(trace), tasks_(trace.tasks), groups_(groups), awaits_(awaits) {}

  std::vector<FailedGroup> take() {
    for (TaskIndex waiter = 0; waiter < tasks_.size(); ++waiter) look_at(waiter);
    look_for_turns();
    std::sort(found_.begin(), found_.end(),
              [](const FailedGroup& a, const FailedGroup& b) { return a.edge < b.edge; });
    return std::move(found_);
  }

 private:
  // A waiter that goes on because of a failure does so before it can have another reason to.
  static constexpr Nanos kAtOnce = kMillisecond;

  struct Turn {
    TaskIndex waiter;
    std::uint32_t edge;
  };

  const model::Edge& edge(std::uint32_t at) const { return trace_.edges[at]; }
  bool is_task(TaskIndex task) const { return task < tasks_.size(); }
  bool failed(TaskIndex task) const { return tasks_.outcome(task) == model::Outcome::error; }

  void look_at(TaskIndex waiter) {
    const auto list = awaits_.of(waiter);
    for (std::size_t begin = 0; begin < list.size();) {
      const model::Edge& first = edge(list[begin]);
      std::size_t end = begin + 1;
      while (end < list.size() && edge(list[end]).begin < first.end &&
             groups_.of(edge(list[end]).site) == groups_.of(first.site))
        ++end;
      if (end - begin >= 2) {
        look_at_once(waiter, list, begin, end);
      } else if (is_task(first.to) && first.end != kNever && failed(first.to) &&
                 tasks_.parent(first.to) == waiter) {
        turns_.push_back({waiter, list[begin]});
      }
      begin = end;
    }
  }

  void look_at_once(TaskIndex waiter, std::span<const std::uint32_t> list, std::size_t begin,
                    std::size_t end) {
    const model::Edge& first = edge(list[begin]);
    FailedGroup group;
    group.waiter = waiter;
    group.edge = list[begin];
    for (std::size_t at = begin; at < end; ++at) {
      if (is_task(edge(list[at]).to)) add_member(edge(list[at]).to, first.begin, group);
    }
    std::sort(group.members.begin(), group.members.end());
    group.members.erase(std::unique(group.members.begin(), group.members.end()), group.members.end());
    if (group.members.size() < 2) return;
    // The wait for the whole ends when the waiter goes on; the wait for a member may end with that one. Then the waiter
    // shows that it went on by what it does next.
    group.gone_on = first.end;
    if (is_task(first.to)) {
      group.gone_on = end < list.size() ? std::min(edge(list[end]).begin, tasks_.finished(waiter))
                                        : tasks_.finished(waiter);
    }
    if (group.gone_on != kNever && went_on_after_failure(group)) found_.push_back(std::move(group));
  }

  // Who began while the waiter was being suspended, and awaits one task that was there before, is a coroutine around it.
  void add_member(TaskIndex task, Time suspended, FailedGroup& group) const {
    static constexpr int kMostAround = 4;
    for (int depth = 0; depth < kMostAround && tasks_.created(task) >= suspended; ++depth) {
      const auto own = awaits_.of(task);
      if (own.empty()) break;
      const TaskIndex inner = edge(own.front()).to;
      if (!is_task(inner) || tasks_.created(inner) >= tasks_.created(task)) break;
      const bool only_that =
          std::all_of(own.begin(), own.end(), [&](std::uint32_t at) { return edge(at).to == inner; });
      if (!only_that) break;
      group.around.push_back(task);
      task = inner;
    }
    group.members.push_back(task);
  }

  bool went_on_after_failure(FailedGroup& group) const {
    bool any = false;
    Time last_well = trace_.begin;
    for (const TaskIndex member : group.members) {
      const Time finished = tasks_.finished(member);
      if (finished > group.gone_on) continue;
      if (failed(member)) {
        group.failed = any ? std::max(group.failed, finished) : finished;
        any = true;
      } else {
        last_well = std::max(last_well, finished);
      }
    }
    return any && (last_well <= group.failed || elapsed(group.failed, group.gone_on) <= kAtOnce);
  }

  // ---- in turn -------------------------------------------------------------------------------------------

  void look_for_turns() {
    if (turns_.empty()) return;
    std::vector<bool> is_waiter(tasks_.size());
    for (const Turn& turn : turns_) is_waiter[turn.waiter] = true;
    std::vector<std::pair<TaskIndex, TaskIndex>> children;  // parent, child
    for (TaskIndex task = 0; task < tasks_.size(); ++task) {
      const TaskIndex parent = tasks_.parent(task);
      if (is_task(parent) && is_waiter[parent]) children.emplace_back(parent, task);
    }
    std::sort(children.begin(), children.end());
    learn_who_awaits_what(is_waiter);
    for (const Turn& turn : turns_) look_in_turn(turn, children);
  }

  // Which places of children the waiters of a place await at all, and until when a child was awaited by its parent.
  void learn_who_awaits_what(const std::vector<bool>& is_waiter) {
    std::unordered_set<std::uint32_t> waiting;
    for (const Turn& turn : turns_) waiting.insert(groups_.of(tasks_.site(turn.waiter)));
    for (const model::Edge& one : trace_.edges) {
      if (one.kind != model::Edge::Kind::await || !is_task(one.from) || !is_task(one.to)) continue;
      const std::uint32_t place = groups_.of(tasks_.site(one.from));
      if (waiting.contains(place)) awaited_.insert(pair_of(place, groups_.of(tasks_.site(one.to))));
      if (!is_waiter[one.from] || tasks_.parent(one.to) != one.from) continue;
      Time& last = awaited_at_.try_emplace(one.to, one.begin).first->second;
      last = std::max(last, one.begin);
    }
  }
  static std::uint64_t pair_of(std::uint32_t waiter, std::uint32_t awaited) {
    return std::uint64_t{waiter} << 32 | awaited;
  }

  void look_in_turn(const Turn& turn, const std::vector<std::pair<TaskIndex, TaskIndex>>& children) {
    const model::Edge& await = edge(turn.edge);
    const auto list = awaits_.of(turn.waiter);
    // The span in which the failed one was created: between two awaits.
    const auto begun_by = [&](Time at) {
      return std::partition_point(list.begin(), list.end(),
                                  [&](std::uint32_t one) { return edge(one).begin <= at; });
    };
    const Time created = tasks_.created(await.to);
    if (created > await.begin) return;
    const auto next = begun_by(created);
    const Time to = next == list.end() ? kNever : edge(*next).begin;
    const Time from = next == list.begin() ? tasks_.created(turn.waiter) : edge(*(next - 1)).begin;

    FailedGroup group;
    group.waiter = turn.waiter;
    group.edge = turn.edge;
    group.failed = tasks_.finished(await.to);
    group.gone_on = await.end;
    const std::uint32_t place = groups_.of(tasks_.site(await.to));
    const std::uint32_t waiting = groups_.of(tasks_.site(turn.waiter));
    // By parent, and then in the order of creation.
    auto child = std::partition_point(children.begin(), children.end(), [&](const auto& one) {
      return one.first != turn.waiter ? one.first < turn.waiter : tasks_.created(one.second) < from;
    });
    for (; child != children.end() && child->first == turn.waiter; ++child) {
      const TaskIndex task = child->second;
      const Time at = tasks_.created(task);
      if (at > to) break;
      if (tasks_.spans(task) == 0) continue;
      // A lazy one that had not begun yet is not left running; never-started's.
      if (awaits_.started(task) > await.end && tasks_.finished(task) > await.end) continue;
      const std::uint32_t own = groups_.of(tasks_.site(task));
      if (own != place && !awaited_.contains(pair_of(waiting, own))) continue;
      group.members.push_back(task);
    }
    if (group.members.size() < 2 || !went_on_after_failure(group)) return;
    // Who is awaited later is not given up.
    const auto is_awaited_later = [&](TaskIndex member) {
      const auto found = awaited_at_.find(member);
      return found != awaited_at_.end() && found->second >= await.end;
    };
    if (std::any_of(group.members.begin(), group.members.end(), is_awaited_later)) return;
    found_.push_back(std::move(group));
  }

  const model::Trace& trace_;
  const model::TaskTable& tasks_;
  const SiteGroups& groups_;
  const AwaitLists& awaits_;
  std::vector<FailedGroup> found_;
  std::vector<Turn> turns_;
  std::unordered_set<std::uint64_t> awaited_;       // pair_of() places
  std::unordered_map<TaskIndex, Time> awaited_at_;  // by its parent, at last
};

}  // namespace

std::vector<FailedGroup> find_failed_groups(const model::Trace& trace, const SiteGroups& groups,
                                            const AwaitLists& awaits) {
  if (awaits.empty()) return {};
  return Finder(trace, groups, awaits).take();
}

}  // namespace loopscope::detect
