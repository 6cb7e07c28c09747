// Durations counted in logarithmic buckets: bounded memory, quantiles within 1/32 (3 %) of the value, exact
// count, sum and maximum. One a loop or site, never one a task.
#pragma once

#include <array>
#include <cstdint>

#include "viewer/base/units.h"

namespace loopscope {

class Histogram {
 public:
  // Negative durations (clock steps) count as 0.
  void add(Nanos duration, std::uint64_t times = 1);
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  Nanos sum() const { return sum_; }
  Nanos max() const { return max_; }
  Nanos mean() const { return count_ ? sum_ / static_cast<Nanos>(count_) : 0; }

  // The duration that a share `q` (0 .. 1) of the added ones does not exceed: upper edge of its bucket, at
  // most max(). 0 if nothing was added.
  Nanos quantile(double q) const;

  // How many were longer than `limit` (within the bucket width).
  std::uint64_t count_above(Nanos limit) const;

 private:
  // 32 linear steps for each power of two up to 2^42 ns (73 minutes), then one bucket.
  static constexpr int kSteps = 32;
  static constexpr int kBuckets = kSteps * 39;
  static int bucket(Nanos duration);
  static Nanos upper_edge(int bucket);

  std::uint64_t count_ = 0;
  Nanos sum_ = 0;
  Nanos max_ = 0;
  std::array<std::uint32_t, kBuckets> counts_{};
};

}  // namespace loopscope
