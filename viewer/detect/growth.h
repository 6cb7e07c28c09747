// Whether a number keeps rising to the end of the trace, and by how much: a robust trend (Mann-Kendall for whether,
// Theil-Sen for how much) over means of equal slices, of which the last is left out, since an exit cancels what is
// pending. growing-backlog and backpressure share it, each for its own kinds of tasks. Pure, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "viewer/detect/limits.h"
#include "viewer/detect/site_groups.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct Growth {
  double score = 0;  // Mann-Kendall, sigma
  double total = 0;  // over the used slices, by Theil-Sen
  double start = 0;
  double end = 0;
  bool found = false;

  // How sure the trend is, in %: the share of random orders that rise less.
  double confidence() const;
};

// Of means of equal slices. Found if it is a trend, of `least` in all, still goes on in the second half, and has not
// drained at the end.
Growth growth_of(std::span<const double> mean, double least, const Limits& limits);

// A place whose pending tasks keep rising.
struct GrowingPlace {
  std::uint32_t group = 0;
  Growth growth;
  double per_second = 0;
  std::vector<model::TaskIndex> examples;  // pending at the end, at most kMaxExamples
  std::uint64_t pending = 0;               // at the end
};

// Of those whose kind is `wanted`. Overdue tasks are left out: they are leaks. Goes over the tasks only if a place may
// have grown by its sums.
std::vector<GrowingPlace> growing_places(const model::Trace& trace, const Limits& limits,
                                         const SiteGroups& groups, bool (*wanted)(const model::Site&));

}  // namespace loopscope::detect
