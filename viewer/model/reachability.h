// What checks of the recorded program found: which suspended coroutines nothing referred to, so that nothing can resume
// them any more. Part of a Trace.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/task_table.h"

namespace loopscope::model {

struct ReachabilityCheck {
  Time at = 0;          // of what it looked at
  std::string trouble;  // why it proved nothing; "" if it came to its end
  std::uint64_t suspended = 0;
  std::uint64_t reached = 0;
  std::uint64_t elsewhere = 0;  // of the reached: where nothing can be proven
  std::uint64_t unreachable = 0;
  std::uint64_t threads = 0;  // whose registers and stacks were looked at
  std::uint64_t heap_bytes = 0;
  std::uint64_t root_bytes = 0;
  Nanos duration = 0;
  Nanos pause = 0;  // the program's threads stood still for it
  bool at_exit = false;
};

// A task that is pending for ever.
struct NeverResumable {
  TaskIndex task = kNoTask;
  Time proven = 0;  // by the first check that found it
};

// nullptr if it was not proven. `proven` is in the order of tasks.
inline const NeverResumable* proof_of(const std::vector<NeverResumable>& proven, TaskIndex task) {
  const auto found = std::lower_bound(proven.begin(), proven.end(), task,
                                      [](const NeverResumable& one, TaskIndex at) { return one.task < at; });
  return found != proven.end() && found->task == task ? &*found : nullptr;
}

}  // namespace loopscope::model
