// Tasks as columns, indexed by a dense number in the order of creation. 20 million of them must fit: what is
// rarely asked is not stored per task, and how the columns are packed is this file's secret.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/task_numbers.h"

namespace loopscope::model {

using TaskIndex = std::uint32_t;
inline constexpr TaskIndex kNoTask = UINT32_MAX;

enum class Outcome : std::uint8_t { pending, ok, error, cancelled, abandoned };

class TaskTable {
 public:
  std::size_t size() const { return created_.size(); }

  // The number in the trace, for people who compare with their logs.
  std::uint64_t id(TaskIndex task) const { return id_[task]; }
  // The task with that trace id; kNoTask if there is none. O(1).
  TaskIndex find(std::uint64_t id) const { return numbers_.find(id); }

  Time created(TaskIndex task) const { return created_[task]; }
  // kNever while pending.
  Time finished(TaskIndex task) const { return finished_[task]; }
  TaskIndex parent(TaskIndex task) const { return parent_[task]; }
  std::uint32_t site(TaskIndex task) const { return site_[task]; }
  Outcome outcome(TaskIndex task) const { return outcome_[task]; }
  bool pending(TaskIndex task) const { return finished_[task] == kNever; }
  // Total time of its spans, and how many there were (saturating at 2^32 - 1).
  Nanos run_ns(TaskIndex task) const { return run_ns_[task]; }
  std::uint32_t spans(TaskIndex task) const { return spans_[task]; }

  // Filling, by the reader and the test builder only: in the order of creation, each id once.
  TaskIndex add(std::uint64_t id, Time created, TaskIndex parent, std::uint32_t site);
  void set_finished(TaskIndex task, Time at, Outcome outcome);
  // Also for a span whose duration is not known: 0 then.
  void add_span(TaskIndex task, Nanos duration);
  void reserve(std::size_t tasks);

 private:
  TaskNumbers numbers_;
  std::vector<std::uint64_t> id_;
  std::vector<Time> created_;
  std::vector<Time> finished_;
  std::vector<TaskIndex> parent_;
  std::vector<std::uint32_t> site_;
  std::vector<Outcome> outcome_;
  std::vector<Nanos> run_ns_;
  std::vector<std::uint32_t> spans_;
};

}  // namespace loopscope::model
