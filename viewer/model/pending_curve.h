// How many tasks of a site were pending over time: the mean of each of 32 equal slices of the trace. In whole numbers,
// so that the order in which tasks are added does not matter. Used by the reader, which sums up tasks that it forgets,
// and by detectors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "viewer/base/units.h"

namespace loopscope::model {

class PendingCurve {
 public:
  static constexpr std::size_t kSlices = 32;

  // A task's life within a trace from `begin` to `end`; `finished` is kNever if it is still pending.
  void add(Time created, Time finished, Time begin, Time end);
  void merge(const PendingCurve& other);
  std::array<double, kSlices> means() const;

 private:
  static constexpr std::uint64_t kWhole = 1U << 20;  // a whole slice

  std::array<std::uint64_t, kSlices> part_{};     // of tasks that begin or end within it
  std::array<std::int64_t, kSlices + 1> step_{};  // change of the tasks that fill whole slices
};

}  // namespace loopscope::model
