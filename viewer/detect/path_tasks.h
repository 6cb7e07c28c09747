// The tasks that can be on a critical path, with all that happened to them in time: their spans, their waits, and what went
// on below each of them. Taken from the timeline once for some requests, then asked instant by instant. Used by
// critical_path only. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/contexts.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// A span of a task. Those of one task do not overlap: a span inside of another one of the same task is part of it.
struct PathSpan {
  Time begin = 0;
  Time end = 0;
  Nanos lag = -1;  // due or ready that long before it began; -1: not known
  std::uint32_t thread = 0;
};

class PathTasks {
 public:
  // Of those of `requests` (into contexts.requests()): their tasks, and whoever these await. Needs Timeline::kept.
  PathTasks(const model::Trace& trace, const Contexts& contexts, std::span<const std::uint32_t> requests);

  bool has(model::TaskIndex task) const { return task < number_.size() && number_[task] != kNone; }

  // These only for tasks that it has. In order of time.
  std::span<const PathSpan> spans(model::TaskIndex task) const;
  // Into Trace::edges, in order of their begin.
  std::span<const std::uint32_t> awaits(model::TaskIndex task) const;
  // Created by it, or by a task that is below it.
  bool is_below(model::TaskIndex task, model::TaskIndex above) const;
  bool has_any_below(model::TaskIndex task) const;

  // A span, or a finish (begin and end are the same then).
  struct Activity {
    Time begin = 0;
    Time end = 0;
    model::TaskIndex task = model::kNoTask;
  };
  // The last thing that went on between `floor` and `at` for which `fits(activity)`, among those of the same request as `task`: one that
  // went on up to `at`, the one begun last of several, else the one that ended last. What begins at `at` is none.
  // `looks` goes down by what was looked at; nothing when it is 0. nullptr if there is none.
  template <class Fits>
  const Activity* last_before(model::TaskIndex task, Time at, Time floor, std::uint64_t& looks,
                              Fits fits) const;
  // The longest that begins at the same instant as a span of `task` and holds it: clocks do not tell a callback's beginning
  // from that of what it calls first. nullptr if there is none.
  template <class Fits>
  const Activity* around(model::TaskIndex task, const PathSpan& span, std::uint64_t& looks, Fits fits) const;

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::vector<bool> choose(const model::Trace& trace, const Contexts& contexts,
                           std::span<const std::uint32_t> requests) const;
  void number_tasks(const model::Trace& trace, const Contexts& contexts, const std::vector<bool>& chosen);
  void number_trees(const model::Trace& trace);
  void take_spans(const model::Trace& trace);
  void take_activities(const model::Trace& trace);
  std::pair<std::size_t, std::size_t> edges_of(model::TaskIndex task) const;
  // Behind the activities of a group that were under way before that instant.
  std::size_t behind(std::uint32_t group, Time at) const;

  std::vector<std::uint32_t> await_edges_;  // by waiter, then by begin
  std::vector<model::TaskIndex> waiter_of_edge_;
  std::vector<std::uint32_t> number_;      // by task: dense; kNone
  std::vector<model::TaskIndex> task_of_;  // by number, in the order of creation
  std::vector<std::uint32_t> group_of_;    // by number: what belongs together
  // By number: a task's place in a walk that meets it before all below it, and the end of these.
  std::vector<std::uint32_t> enter_;
  std::vector<std::uint32_t> leave_;
  std::vector<PathSpan> spans_;
  std::vector<std::size_t> first_span_;      // by number, and the end
  std::vector<Activity> activities_;         // by group, then by begin; finishes before spans
  std::vector<Time> latest_end_;             // of the group's activities up to this one
  std::vector<std::size_t> first_activity_;  // by group, and the end
};

template <class Fits>
const PathTasks::Activity* PathTasks::last_before(model::TaskIndex task, Time at, Time floor,
                                                  std::uint64_t& looks, Fits fits) const {
  if (!has(task)) return nullptr;
  const std::uint32_t group = group_of_[number_[task]];
  const std::size_t first = first_activity_[group];
  std::size_t next = behind(group, at);
  const Activity* best = nullptr;
  for (; next > first && looks > 0; --looks) {
    const std::size_t here = --next;
    const Time least = best == nullptr ? floor : best->end;
    if (latest_end_[here] <= least) break;
    const Activity& activity = activities_[here];
    if (activity.end <= least || !fits(activity)) continue;
    best = &activity;
    if (activity.end >= at) break;
  }
  return best;
}

template <class Fits>
const PathTasks::Activity* PathTasks::around(model::TaskIndex task, const PathSpan& span,
                                             std::uint64_t& looks, Fits fits) const {
  if (!has(task)) return nullptr;
  const std::uint32_t group = group_of_[number_[task]];
  const Activity* longest = nullptr;
  for (std::size_t at = behind(group, span.begin); at < first_activity_[group + 1] && looks > 0;
       ++at, --looks) {
    const Activity& activity = activities_[at];
    if (activity.begin != span.begin) break;
    if (activity.end >= span.end && activity.task != task && fits(activity)) longest = &activity;
  }
  return longest;
}

}  // namespace loopscope::detect
