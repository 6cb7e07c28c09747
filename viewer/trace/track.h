// How far one thread's events are told: its open batch, and what is under way on it. Moved on by Story.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/watchdog.h"

namespace loopscope::trace {

struct LoopState;

struct OpenSpan {
  std::uint64_t id = 0;
  model::TaskIndex task = model::kNoTask;
  Time begin = 0;
  bool begin_known = true;
  Nanos lag = model::IntervalRow::kNoLag;  // how late it began on its loop, if that is known
};

// The spans that run on a thread, the innermost last.
class SpanStack {
 public:
  bool empty() const { return depth_ == 0; }
  // Precondition of these two: not empty.
  const OpenSpan& back() const { return spans_[depth_ - 1]; }
  void pop() { --depth_; }
  void push(const OpenSpan& span) {
    if (depth_ == spans_.size()) [[unlikely]]
      spans_.resize(2 * depth_ + 8);
    spans_[depth_++] = span;
  }
  void clear() { depth_ = 0; }
  std::size_t depth() const { return depth_; }
  // The innermost began so late.
  void set_lag(Nanos lag) { spans_[depth_ - 1].lag = lag; }

  const OpenSpan* begin() const { return spans_.data(); }
  const OpenSpan* end() const { return spans_.data() + depth_; }

 private:
  std::vector<OpenSpan> spans_;
  std::size_t depth_ = 0;
};

struct Track {
  std::uint32_t thread = 0;  // index in the model

  // Of the open batch.
  Columns columns;
  std::size_t at = 0;  // event
  std::uint64_t created_id = 0;
  std::uint64_t task_id = 0;
  std::uint64_t byte_task_id = 0;

  Time now = 0;
  SpanStack open;
  std::vector<std::size_t> pauses;  // open ones, in the model
  LoopState* loop = nullptr;        // whose tick this thread is in
  bool runs_loops = false;
  Time last_poll = std::numeric_limits<Time>::min();   // its begin or its end
  Time held_until = std::numeric_limits<Time>::min();  // the end of the last stall
  std::vector<model::Stall>
      spans_of_tick;  // stalls of the tick that is under way, unless that turns out to be one
  // What the watchdog saw of it; its samples have their tasks up to the next one, which is at `sample_at`.
  Watchdog::OfThread* seen = nullptr;
  std::size_t next_sample = 0;
  Time sample_at = kNever;

  std::uint64_t next_task() {
    task_id += static_cast<std::uint64_t>(columns.tasks.next_zigzag());
    return task_id;
  }
  std::uint64_t next_byte_task() {
    byte_task_id += static_cast<std::uint64_t>(columns.byte_tasks.next_zigzag());
    return byte_task_id;
  }
  // Parent, awaited or asker of a task; 0 for none.
  std::uint64_t other_end(std::uint64_t own) {
    const std::uint64_t coded = columns.parents.next();
    return coded == 0 ? 0 : own - static_cast<std::uint64_t>(from_zigzag(coded - 1));
  }
};

}  // namespace loopscope::trace
