// Filling the columns.
#include "viewer/model/task_table.h"

#include <cassert>
#include <limits>

namespace loopscope::model {

TaskIndex TaskTable::add(std::uint64_t id, Time created, TaskIndex parent, std::uint32_t site) {
  assert(find(id) == kNoTask && size() < kNoTask);
  const auto task = static_cast<TaskIndex>(size());
  numbers_.add(id, task);
  id_.push_back(id);
  created_.push_back(created);
  finished_.push_back(kNever);
  parent_.push_back(parent);
  site_.push_back(site);
  outcome_.push_back(Outcome::pending);
  run_ns_.push_back(0);
  spans_.push_back(0);
  return task;
}

void TaskTable::set_finished(TaskIndex task, Time at, Outcome outcome) {
  finished_[task] = at;
  outcome_[task] = outcome;
}

void TaskTable::add_span(TaskIndex task, Nanos duration) {
  run_ns_[task] = add_saturating(run_ns_[task], duration);
  if (spans_[task] != std::numeric_limits<std::uint32_t>::max()) ++spans_[task];
}

void TaskTable::reserve(std::size_t tasks) {
  id_.reserve(tasks);
  created_.reserve(tasks);
  finished_.reserve(tasks);
  parent_.reserve(tasks);
  site_.reserve(tasks);
  outcome_.reserve(tasks);
  run_ns_.reserve(tasks);
  spans_.reserve(tasks);
}

}  // namespace loopscope::model
