// Durations counted in logarithmic buckets: bounded memory, quantiles within 1/32 (3 %) of the value, exact
// count, sum and maximum. One a loop or site, never one a task.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "viewer/base/units.h"

namespace loopscope {

class Histogram {
 public:
  // Negative durations (clock steps) count as 0.
  void add(Nanos duration) {
    // Negative, longer than any before, or longer than there are buckets: all three are beyond the counts.
    const std::size_t at = unbounded_bucket(duration);
    if (at >= counts_.size()) [[unlikely]]
      return add_rarely(duration, 1);
    ++counts_[at];
    ++count_;
    sum_ = add_saturating(sum_, duration);
    if (duration > max_) max_ = duration;
  }
  void add(Nanos duration, std::uint64_t times) { add_rarely(duration, times); }
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
  static constexpr int kStepBits = 5;
  static constexpr std::size_t kSteps = std::size_t{1} << kStepBits;
  static constexpr int kTopBit = 42;
  static constexpr std::size_t kLastBucket = kSteps * (kTopBit - kStepBits + 1);

  // Below 64 ns a bucket is 1 ns wide.
  static std::size_t unbounded_bucket(Nanos duration) {
    const auto value = static_cast<std::uint64_t>(duration);
    const auto shift = static_cast<unsigned>(std::bit_width(value | kSteps)) - 1 - kStepBits;
    return (std::size_t{shift} << kStepBits) + (value >> shift);
  }
  static std::size_t bucket(Nanos duration) { return std::min(unbounded_bucket(duration), kLastBucket); }
  static Nanos upper_edge(std::size_t bucket);
  static Nanos add_times(Nanos sum, Nanos duration, std::uint64_t times);
  void add_rarely(Nanos duration, std::uint64_t times);
  void grow(std::size_t bucket);

  std::uint64_t count_ = 0;
  Nanos sum_ = 0;
  Nanos max_ = 0;
  // As far as the longest duration needs: a site nobody used costs no memory.
  std::vector<std::uint64_t> counts_;
};

}  // namespace loopscope
