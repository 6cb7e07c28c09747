#include "viewer/detect/await_runs.h"

#include <algorithm>
#include <unordered_map>

namespace loopscope::detect {
namespace {

using model::TaskIndex;

class Finder {
 public:
  Finder(const model::Trace& trace, const SiteGroups& groups, const AwaitLists& awaits, std::uint32_t least)
      : trace_(trace), groups_(groups), awaits_(awaits), least_(least) {}

  void look_at(TaskIndex waiter) {
    const auto list = awaits_.of(waiter);
    if (list.size() < std::min<std::size_t>(least_, kLeastSteps)) return;
    // Clearing takes as long as the table was ever big.
    if (counts_.bucket_count() > kManyPlaces) counts_ = {};
    counts_.clear();
    const std::size_t found_before = found_.runs.size();
    AwaitRun run{waiter, 0, 0, 0};
    Time over = trace_.tasks.created(waiter);  // when the waiter went on
    const model::Edge* before = nullptr;       // the last one of the run
    for (std::uint32_t at = 0; at < list.size(); ++at) {
      const model::Edge& edge = trace_.edges[list[at]];
      const bool is_step = is_a_step(waiter, edge) && edge.begin >= over && !overlaps_next(list, at);
      const std::uint32_t place = is_step ? groups_.of(trace_.tasks.site(edge.to)) : 0;
      const bool goes_on = is_step && before != nullptr && place == run.awaited_place &&
                           went_well(before->to) && starts_after(edge.to, before->end);
      if (!goes_on) {
        close(run);
        run = {waiter, place, at, 0};
      }
      if (is_step) ++run.length;
      before = is_step ? &edge : nullptr;
      // The first of several that begin together ends when the waiter goes on; the others may end later.
      if (edge.begin >= over && edge.end != kNever) over = edge.end;
    }
    close(run);
    drop_takers(found_before);
    if (found_.runs.size() == found_before && counts_.size() >= kLeastSteps) look_for_line(waiter, list);
  }

  AwaitRuns take() { return std::move(found_); }

 private:
  static constexpr std::size_t kLeastSteps = 3;
  static constexpr std::size_t kManyPlaces = 64;
  struct Count {
    std::uint32_t runs = 0;
    std::uint32_t long_runs = 0;
    std::uint32_t steps = 0;
  };

  // A child of its own that ran to its end.
  bool is_a_step(TaskIndex waiter, const model::Edge& edge) const {
    const model::TaskTable& tasks = trace_.tasks;
    if (edge.to >= tasks.size() || edge.to == waiter || edge.end == kNever || edge.end < edge.begin) {
      return false;
    }
    const std::uint32_t place = groups_.of(tasks.site(edge.to));
    return tasks.parent(edge.to) == waiter && groups_[place].judged && groups_[place].one_shot;
  }
  // Several at once are a group, not a step.
  bool overlaps_next(std::span<const std::uint32_t> list, std::uint32_t at) const {
    return at + 1 < list.size() && trace_.edges[list[at + 1]].begin < trace_.edges[list[at]].end;
  }
  bool went_well(TaskIndex task) const { return trace_.tasks.outcome(task) == model::Outcome::ok; }
  bool starts_after(TaskIndex task, Time at) const {
    return trace_.tasks.created(task) >= at || (!awaits_.of(task).empty() && awaits_.started(task) >= at);
  }

  void close(const AwaitRun& run) {
    if (run.length == 0) return;
    Count& count = counts_[run.awaited_place];
    ++count.runs;
    count.steps += run.length;
    if (run.length < least_) return;
    ++count.long_runs;
    found_.runs.push_back(run);
  }
  void drop_takers(std::size_t from) {
    const auto is_a_takers = [&](const AwaitRun& run) {
      const Count& count = counts_[run.awaited_place];
      return std::uint64_t{count.long_runs} * 2 <= count.runs;
    };
    found_.runs.erase(std::remove_if(found_.runs.begin() + static_cast<std::ptrdiff_t>(from),
                                     found_.runs.end(), is_a_takers),
                      found_.runs.end());
  }

  // Only where each place comes once: a loop is no line.
  void look_for_line(TaskIndex waiter, std::span<const std::uint32_t> list) {
    for (const auto& [place, count] : counts_) {
      if (count.steps != 1) return;
    }
    AwaitLine line{waiter, 0, 0, 0, 0};
    for (std::uint32_t at = 0; at < list.size(); ++at) {
      const model::Edge& edge = trace_.edges[list[at]];
      if (!is_a_step(waiter, edge) || overlaps_next(list, at)) continue;
      if (!went_well(edge.to)) return;
      const Nanos wait = wait_of(trace_, edge);
      ++line.steps;
      line.waited = add_saturating(line.waited, wait);
      line.longest = std::max(line.longest, wait);
      line.run = add_saturating(line.run, trace_.tasks.run_ns(edge.to));
    }
    if (line.steps >= kLeastSteps) found_.lines.push_back(line);
  }

  const model::Trace& trace_;
  const SiteGroups& groups_;
  const AwaitLists& awaits_;
  const std::uint32_t least_;
  AwaitRuns found_;
  std::unordered_map<std::uint32_t, Count> counts_;  // by awaited place, of one waiter
};

}  // namespace

AwaitRuns find_await_runs(const model::Trace& trace, const SiteGroups& groups, const AwaitLists& awaits,
                          std::uint32_t least) {
  if (awaits.empty()) return {};
  Finder finder(trace, groups, awaits, least);
  for (TaskIndex waiter = 0; waiter < trace.tasks.size(); ++waiter) finder.look_at(waiter);
  return finder.take();
}

}  // namespace loopscope::detect
