// The rarely run parts of Histogram: growing, merging, asking.
#include "viewer/base/histogram.h"

#include <cmath>
#include <limits>

namespace loopscope {

Nanos Histogram::upper_edge(std::size_t bucket) {
  if (bucket < kSteps) return static_cast<Nanos>(bucket);
  if (bucket >= kLastBucket) return std::numeric_limits<Nanos>::max();
  const int shift = static_cast<int>(bucket >> kStepBits) - 1;
  const std::uint64_t step = (bucket & (kSteps - 1)) + kSteps;
  return static_cast<Nanos>(((step + 1) << shift) - 1);
}

Nanos Histogram::add_times(Nanos sum, Nanos duration, std::uint64_t times) {
  Nanos product = 0;
  if (__builtin_mul_overflow(duration, times, &product)) return std::numeric_limits<Nanos>::max();
  return add_saturating(sum, product);
}

void Histogram::add_rarely(Nanos duration, std::uint64_t times) {
  duration = std::max<Nanos>(duration, 0);
  const std::size_t at = bucket(duration);
  if (at >= counts_.size()) grow(at);
  counts_[at] += times;
  count_ += times;
  sum_ = add_times(sum_, duration, times);
  max_ = std::max(max_, duration);
}

void Histogram::grow(std::size_t bucket) {
  // Whole powers of two at a time, so that a slowly lengthening duration does not grow it at every step.
  counts_.resize(std::min(bucket / kSteps * kSteps + kSteps, kLastBucket + 1));
}

void Histogram::merge(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ = add_saturating(sum_, other.sum_);
  max_ = std::max(max_, other.max_);
}

Nanos Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::min(upper_edge(i), max_);
  }
  return max_;
}

std::uint64_t Histogram::count_above(Nanos limit) const {
  if (limit < 0) return count_;
  std::uint64_t above = 0;
  for (std::size_t i = bucket(limit) + 1; i < counts_.size(); ++i) above += counts_[i];
  return above;
}

}  // namespace loopscope
