// When tasks that have not begun yet became ready, or are due. Few at a time, however many tasks there are. Used by
// Story.
#pragma once

#include "viewer/base/units.h"
#include "viewer/model/task_table.h"
#include "viewer/trace/flat_map.h"

namespace loopscope::trace {

class ReadyTimes {
 public:
  void set(model::TaskIndex task, Time at) { times_.set(task, at); }
  // Forgets it; kNever if it is not known.
  Time take(model::TaskIndex task) {
    const Time* found = times_.find(task);
    if (found == nullptr) return kNever;
    const Time at = *found;
    times_.erase(task);
    return at;
  }

 private:
  FlatMap<model::TaskIndex, Time, model::kNoTask> times_;
};

}  // namespace loopscope::trace
