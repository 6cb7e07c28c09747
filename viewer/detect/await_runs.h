// Runs of awaits: a task that awaits children of one place one after the other, each started only when the one before was
// over. Found for sequential-awaits, which judges them. Pure, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/detect/await_lists.h"
#include "viewer/detect/awaited_operation.h"
#include "viewer/detect/site_groups.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct AwaitRun {
  model::TaskIndex waiter = model::kNoTask;
  std::uint32_t awaited_place = 0;  // a group of SiteGroups
  std::uint32_t first = 0;          // into AwaitLists::of(waiter)
  std::uint32_t length = 0;
};

// A request that awaits children of several places, each once, one after the other.
struct AwaitLine {
  model::TaskIndex waiter = model::kNoTask;
  std::uint32_t steps = 0;
  Nanos waited = 0;
  Nanos longest = 0;
  Nanos run = 0;
};

struct AwaitRuns {
  std::vector<AwaitRun> runs;    // at least as long as asked for
  std::vector<AwaitLine> lines;  // of waiters without runs
};

// A run is broken by whatever the waiter awaits in between (a queue, a timer: somebody else sets the pace), by a child that
// failed (the next may be another try), and by a child that was there already. Waiters of which most runs of a place are
// shorter than `least` have none: they take what comes, and sometimes there is more of it.
AwaitRuns find_await_runs(const model::Trace& trace, const SiteGroups& groups, const AwaitLists& awaits,
                          std::uint32_t least);

}  // namespace loopscope::detect
