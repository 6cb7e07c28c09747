// Bursts: many tasks of one place that one parent starts at a stroke, in one span or at least ten times faster than they
// finish. Found for unbounded-fan-out, which judges them. Pure, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/detect/site_groups.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct Burst {
  std::uint32_t place = 0;                   // a group of SiteGroups
  model::TaskIndex parent = model::kNoTask;  // kNoTask: created outside of all tasks
  std::vector<model::TaskIndex> tasks;       // in order of creation
  std::uint64_t peak = 0;                    // most of this parent and place that were pending at once
  // More of them that were created one by one while this burst was being worked off: somebody keeps the number at a bound.
  std::uint64_t replenished = 0;
};

// Those of at least `least` tasks. `is_eligible` has an entry a place.
std::vector<Burst> find_bursts(const model::Trace& trace, const SiteGroups& groups,
                               const std::vector<bool>& is_eligible, std::size_t least);

// How a burst was worked off. With n tasks that were created in the order 1 ... n and finished in about that order:
//
//   rate    = 0.8 n / (time from the 10th to the 90th percentile of the finishes)
//   alone   = mean lifetime of the first ones, which found nobody before them
//   knee    = rate * alone (Little's law): so many at a time keep that rate up; more only wait
//
// `order` is Spearman's rank correlation between creation and finish: near 1 where tasks queue for something, near 0 where
// each takes its own time. `known` is false where too few finished well to say anything, or all of them at once.
struct WorkedOff {
  bool known = false;
  double rate = 0;  // 1/s
  Nanos alone = 0;
  double knee = 0;
  double order = 0;
  Nanos creating = 0;      // from the 5th to the 95th percentile of creations
  Nanos finishing = 0;     // from the 10th to the 90th percentile of finishes
  Nanos queued_total = 0;  // beyond `alone`, all tasks together
  Nanos queued_worst = 0;
  Nanos run = 0;     // spans of all of them
  Nanos lasted = 0;  // from the first creation to the last finish
};
WorkedOff work_off(const model::Trace& trace, const Burst& burst);

}  // namespace loopscope::detect
