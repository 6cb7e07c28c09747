// Everything that has a place in time, for views that draw it: kept only if the reader was asked to, since it weighs
// about as much as the tasks themselves. Filled by viewer/trace, then immutable.
#pragma once

#include <vector>

#include "viewer/model/interval_row.h"
#include "viewer/model/pending_history.h"

namespace loopscope::model {

// Spans inside of so many others are not kept. A blocking call counts as one of these others, but is in a row of its own.
inline constexpr std::size_t kMaxSpanDepth = 16;

struct ThreadRows {
  std::vector<IntervalRow> spans;  // by depth, the outermost first
  IntervalRow calls;  // blocking calls (tasks of sites with kBlocking) that are no part of another one
};

struct LoopRows {
  IntervalRow ticks;  // busy, from the end of a poll to the next one's begin
  IntervalRow polls;
};

struct Timeline {
  bool kept = false;
  std::vector<ThreadRows> threads;  // as Trace::threads
  std::vector<LoopRows> loops;      // as Trace::loops
  PendingHistory pending;

  // Filling, by the reader and the test builder only: after all else.
  void finish(const TaskTable& tasks) {
    for (ThreadRows& thread : threads) {
      for (IntervalRow& spans : thread.spans) spans.finish();
      thread.calls.finish();
    }
    for (LoopRows& loop : loops) {
      loop.ticks.finish();
      loop.polls.finish();
    }
    pending.finish(tasks);
    kept = true;
  }
};

}  // namespace loopscope::model
