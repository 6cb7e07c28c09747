// Which threads beside the loops' run work, for which places, and how long it waited for one of them. pool-saturation
// judges them; slow-io asks whether one of them is what its operations wait for. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/limits.h"
#include "viewer/detect/site_groups.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// Threads that share places, and the places whose work they run.
struct ThreadPool {
  std::vector<std::uint32_t> threads;  // seen working, into Trace::threads
  std::vector<std::uint32_t> places;   // numbers of SiteGroups, what waited longest first
  std::uint64_t tasks = 0;             // that began
  std::uint64_t never_begun = 0;       // still in the queue at the end
  Histogram queue;                     // of those that began
  Nanos waited = 0;                    // in the queue, all of them, with those that never began
  Nanos ran = 0;
  std::optional<Histogram> run;  // by task; not if the trace was read as a stream
  std::uint64_t peak_queue = 0;  // at least: where there are more spans than the model keeps, of the longest
  std::uint64_t peak_running = 0;
  Time first = 0;  // first and last of them submitted
  Time last = 0;
  std::vector<model::TaskIndex> slowest;  // that waited longest, at most kMaxExamples

  double mean_run() const { return tasks > 0 ? static_cast<double>(ran) / static_cast<double>(tasks) : 0; }
  // Work that comes in, in threads that it keeps busy (erlangs).
  double load() const;
  // Work waits longer than it runs, `pool-wait` times and `pool-wait-ms` at p99.
  bool saturated(const Limits& limits) const;
};

// Those with the most waiting first.
std::vector<ThreadPool> thread_pools(const model::Trace& trace, const SiteGroups& groups);

}  // namespace loopscope::detect
