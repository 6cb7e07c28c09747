// Who remembers tasks while others name them: while a trace is read as a stream, a task that is not pinned may be
// forgotten. Implemented by LiveTasks; a model::TaskTable forgets nobody.
#pragma once

#include "viewer/model/task_table.h"

namespace loopscope::trace {

class TaskKeeper {
 public:
  // As often as pinned it has to be let go of. kNoTask is nobody's.
  virtual void pin(model::TaskIndex task) = 0;
  virtual void unpin(model::TaskIndex task) = 0;

 protected:
  ~TaskKeeper() = default;
};

class KeepsAll final : public TaskKeeper {
 public:
  void pin(model::TaskIndex) override {}
  void unpin(model::TaskIndex) override {}
};

}  // namespace loopscope::trace
