// When tasks that have not begun yet became ready, or are due, and on which track that was told. Few at a time, however
// many tasks there are. Used by Story.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "viewer/base/units.h"
#include "viewer/model/task_table.h"
#include "viewer/trace/flat_map.h"

namespace loopscope::trace {

class ReadyTimes {
 public:
  void set(model::TaskIndex task, Time at, std::uint32_t track) {
    times_.set(task, {track, std::bit_cast<Halves>(at)});
  }
  // Forgets it; kNever if it is not known.
  Time take(model::TaskIndex task) {
    const Told* found = times_.find(task);
    if (found == nullptr) return kNever;
    const Time at = std::bit_cast<Time>(found->at);
    times_.erase(task);
    return at;
  }
  // Calls `visit(task, at, track)` for all that are left, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    times_.for_each([&](model::TaskIndex task, const Told& told) {
      visit(task, std::bit_cast<Time>(told.at), told.track);
    });
  }

 private:
  // Halves, so that an entry with its key is 16 bytes.
  using Halves = std::array<std::uint32_t, 2>;
  struct Told {
    std::uint32_t track = 0;
    Halves at{};
  };

  FlatMap<model::TaskIndex, Told, model::kNoTask> times_;
};

}  // namespace loopscope::trace
