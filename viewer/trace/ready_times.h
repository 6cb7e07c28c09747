// When tasks that have not begun yet became ready, or are due. Few at a time, however many tasks there are. Used by
// Story.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/task_table.h"

namespace loopscope::trace {

class ReadyTimes {
 public:
  void set(model::TaskIndex task, Time at);
  // Forgets it; kNever if it is not known.
  Time take(model::TaskIndex task) { return size_ == 0 ? kNever : find_and_erase(task); }

 private:
  // Open addressing, linear probing, at most half full.
  struct Slot {
    Time at = 0;
    model::TaskIndex task = model::kNoTask;
  };
  std::size_t home(model::TaskIndex task) const { return (task * 0x9E3779B1U) >> shift_; }
  std::size_t find(model::TaskIndex task) const;
  Time find_and_erase(model::TaskIndex task);
  void grow();

  std::vector<Slot> slots_;
  unsigned shift_ = 32;
  std::size_t size_ = 0;
};

}  // namespace loopscope::trace
