// Who waits for whom around one task, as a small layered picture: what it waits for to the right of it, and what that
// waits for; who waits for it to the left. Bounded in depth, in width and in edges that are looked at. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/view/task_notes.h"

namespace loopscope::view {

struct AwaitNode {
  model::TaskIndex task = model::kNoTask;
  int layer = 0;          // 0: the task itself; 1: it waits for this one; -1: this one waits for it
  std::uint32_t row = 0;  // within the layer, from the top
  bool in_cycle = false;  // it waits for itself, if only through others
  std::uint64_t unshown =
      0;  // that it waits for (layer < 0: that wait for it) and that are not in the picture
};

struct AwaitArrow {
  std::size_t from = 0;  // the waiter, into nodes
  std::size_t to = 0;    // the awaited
  std::uint64_t times = 0;
  Time begin = 0;     // of the last time
  Time end = kNever;  // of the last time
  bool open = false;  // it waits at that instant
  bool in_cycle = false;
};

struct AwaitGraph {
  std::vector<AwaitNode> nodes;  // [0] is the task itself; empty if there is no such task
  std::vector<AwaitArrow> arrows;
  int first_layer = 0;
  int last_layer = 0;
  std::uint32_t most_rows = 1;  // of any layer
  bool cut = false;             // there is more than the picture has
  std::uint64_t steps = 0;      // edges that were looked at
};

inline constexpr int kMostAwaitLayers = 8;  // on each side
inline constexpr std::size_t kMostAwaitRows = 12;
inline constexpr std::size_t kMostAwaitArrows = 400;
inline constexpr std::uint64_t kMostAwaitSteps = 200'000;

// As of `now`: edges that began later are not there. Of many neighbours those come first that are waited for at that
// instant, then the latest.
AwaitGraph await_graph(const model::Trace& trace, const TaskNotes& notes, model::TaskIndex task, Time now);

}  // namespace loopscope::view
