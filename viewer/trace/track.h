// How far one thread's events are told: its open batch, and what is under way on it. Filled by Replay, read and
// moved on by Story.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {

struct OpenSpan {
  std::uint64_t id = 0;
  model::TaskIndex task = model::kNoTask;
  Time begin = 0;
  bool begin_known = true;
};

struct Track {
  std::uint32_t thread = 0;  // index in the model

  // Of the open batch.
  Columns columns;
  std::size_t at = 0;  // event
  std::uint64_t ticks = 0;
  std::uint64_t created_id = 0;
  std::uint64_t task_id = 0;

  Time now = 0;
  TraceClock::Segment segment;
  std::vector<OpenSpan> open;
  std::vector<std::size_t> pauses;         // open ones, in the model
  model::LoopIndex loop = model::kNoLoop;  // whose tick this thread is in

  std::uint64_t next_task() {
    task_id += static_cast<std::uint64_t>(columns.tasks.next_zigzag());
    return task_id;
  }
  // Parent, awaited or asker of a task; 0 for none.
  std::uint64_t other_end(std::uint64_t own) {
    const std::uint64_t coded = columns.parents.next();
    return coded == 0 ? 0 : own - static_cast<std::uint64_t>(from_zigzag(coded - 1));
  }
};

}  // namespace loopscope::trace
