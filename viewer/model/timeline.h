// Everything that has a place in time, for views that draw it: kept only if the reader was asked to, since it weighs
// about as much as the tasks themselves. Filled by viewer/trace, then immutable.
#pragma once

#include <vector>

#include "viewer/model/interval_row.h"
#include "viewer/model/pending_history.h"

namespace loopscope::model {

// Spans inside of so many others are not kept.
inline constexpr std::size_t kMaxSpanDepth = 16;

struct ThreadRows {
  std::vector<IntervalRow> spans;  // by depth, the outermost first
  IntervalRow calls;               // blocking calls (tasks of sites with kBlocking)
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
};

}  // namespace loopscope::model
