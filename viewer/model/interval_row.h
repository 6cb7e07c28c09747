// Intervals in the order of time that do not overlap: the spans of one depth of a thread, a loop's busy ticks, its
// polls. Tens of millions of them, asked "what is between these two instants" a thousand times a picture: sums and
// extremes of 16, 256, 4096 ... neighbours are kept beside them, so that an answer costs the logarithm of their number.
// Filled by viewer/trace while replaying, then immutable; read by views on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/task_table.h"

namespace loopscope::model {

// What a stretch of time holds, for as much of each interval as lies within it.
struct IntervalSum {
  std::uint64_t count = 0;     // intervals that touch it
  Nanos covered = 0;           // of the stretch
  Nanos longest = 0;           // whole duration of the longest one that touches it; 0 if there is none
  std::size_t longest_at = 0;  // which one that is; undefined if count is 0
  Nanos worst_lag = 0;         // of those that begin within it
};

class IntervalRow {
 public:
  static constexpr Nanos kNoLag = -1;

  std::size_t size() const;
  bool empty() const { return size() == 0; }

  // Precondition of these: at < size().
  Time begin(std::size_t at) const;
  Nanos duration(std::size_t at) const;
  Time end(std::size_t at) const { return begin(at) + duration(at); }
  TaskIndex task(std::size_t at) const;  // kNoTask for ticks and polls
  // How late it began, within 0.2 %; kNoLag if that is not known.
  Nanos lag(std::size_t at) const;

  // The first one that ends after `at`, or begins at or after it; size() if there is none. O(log n).
  std::size_t first_ending_after(Time at) const;
  std::size_t first_beginning_from(Time at) const;

  // Of [from, to). O(log n), whatever is between.
  IntervalSum sum(Time from, Time to) const;

  // Filling, by the reader and the test builder only. One that begins before the end of the last (damaged traces) is
  // shortened to what is behind it.
  void add(Time begin, Nanos duration, TaskIndex task = kNoTask, Nanos lag = kNoLag);
  // After the last one, before any question.
  void finish();
};

}  // namespace loopscope::model
