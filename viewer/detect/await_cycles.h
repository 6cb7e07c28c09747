// Who can prove that they will never go on: tasks that wait for each other, and those that wait for such. await-cycle
// reports them, leaked-task leaves them to it. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/limits.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct CycleStep {
  model::TaskIndex task = model::kNoTask;
  std::uint32_t edge = 0;  // its wait for the next one (the last one's for the first), into Trace::edges
};

struct AwaitCycle {
  std::vector<CycleStep> steps;          // from the one that waited first
  std::vector<model::TaskIndex> behind;  // who waits for one of them, directly or not
  Time closed = 0;                       // when the last of the waits began
  Time until = 0;                        // the trace's end, or the first of the tasks was destroyed
  Nanos waited = 0;                      // all of them and all behind, together
};

// A cycle counts only where nothing but its tasks could end it: whatever a task of it waits for, waits itself. A task that
// waits for one of several, of which one may still finish, is no part of a proof, and neither is who waits for that. Tasks
// that were destroyed while they waited count as waiting until then.
class AwaitCycles {
 public:
  AwaitCycles(const model::Trace& trace, const Limits& limits);

  const std::vector<AwaitCycle>& all() const { return cycles_; }
  // False: events are missing that may have ended these waits.
  bool is_certain() const { return is_certain_; }
  // Whether it is in a cycle or behind one, for certain.
  bool holds(model::TaskIndex task) const;

 private:
  std::vector<AwaitCycle> cycles_;
  std::vector<model::TaskIndex> held_;  // sorted
  bool is_certain_ = true;
};

}  // namespace loopscope::detect
