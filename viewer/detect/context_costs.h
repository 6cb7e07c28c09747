// What the requests of each value of a label cost: how many there were, how long they took, what blocked them and what
// they waited for. Used by reports. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// Time that tasks of one kind were pending without running, and without waiting for a task of their own.
struct WaitOfKind {
  std::string kind;  // "uv_timer"; of coroutines what they await, "async_wait"
  std::uint64_t waits = 0;
  Nanos time = 0;  // all together: several may wait at once
};

struct ContextCost {
  std::string value;
  bool rest = false;  // the sum of those that have no row of their own
  std::uint64_t requests = 0;
  std::uint64_t unfinished = 0;  // of them
  std::uint64_t failed = 0;
  std::uint64_t tasks = 0;  // the requests' own ones and all below
  // Of the finished ones; 0 if there are none.
  Nanos p50 = 0;
  Nanos p99 = 0;
  Nanos max = 0;
  Nanos total = 0;    // all of them together, unfinished ones to the trace's end: what it costs
  Nanos blocked = 0;  // stalls inside of its spans
  // Due or ready while the stall of another request, or of none, held the loop; of the longest waits that the trace keeps.
  Nanos held_up = 0;
  std::vector<WaitOfKind> waits;  // longest first, at most kMostWaits

  static constexpr std::size_t kMostWaits = 3;
};

struct ContextCosts {
  std::string key;
  std::uint64_t values = 0;       // distinct ones
  std::vector<ContextCost> rows;  // dearest first, at most kMostRows; then the rest, if there is one

  static constexpr std::size_t kMostRows = 10'000;
};

// No rows if no task sets that key.
ContextCosts context_costs(const model::Trace& trace, std::string_view key);

}  // namespace loopscope::detect
