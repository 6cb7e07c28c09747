// How many tasks were pending at any instant, and of which sites: what a view that is scrubbed through time asks.
// Filled by viewer/trace while replaying, then immutable; read by views on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/task_table.h"

namespace loopscope::model {

class PendingHistory {
 public:
  // Tasks created (finished) up to and at that instant. O(log n).
  std::uint64_t created_by(const TaskTable& tasks, Time at) const;
  std::uint64_t finished_by(const TaskTable& tasks, Time at) const;
  std::uint64_t pending_at(const TaskTable& tasks, Time at) const {
    return created_by(tasks, at) - finished_by(tasks, at);
  }

  // Least and most tasks pending at any instant of [from, to). Exact where the stretch has few events, else over the
  // slices (kSlices of the whole trace) that it touches: never too narrow.
  struct Extent {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
  };
  Extent extent(const TaskTable& tasks, Time from, Time to) const;

  // By site: pending at that instant. Sites beyond the last that had a task by then may be missing. Costs what lies
  // between two of the 256 checkpoints.
  std::vector<std::uint64_t> pending_by_site_at(const TaskTable& tasks, Time at) const;

  // Of one site at `points` instants, the last of them `to`, in equal distances from `from`; for sparklines. From
  // checkpoints alone, so a short burst may be missed.
  std::vector<std::uint64_t> curve_of_site(std::uint32_t site, Time from, Time to, std::size_t points) const;

  // The task that finished as number `at` of all, at < finished().
  std::size_t finished() const;
  TaskIndex finished_task(std::size_t at) const;
};

}  // namespace loopscope::model
