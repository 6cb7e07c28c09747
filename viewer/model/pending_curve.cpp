#include "viewer/model/pending_curve.h"

#include <algorithm>

namespace loopscope::model {

void PendingCurve::add(Time created, Time finished, Time begin, Time end) {
  const Nanos duration = subtract_saturating(end, begin);
  if (duration <= 0) return;
  const Nanos from = std::clamp<Nanos>(subtract_saturating(created, begin), 0, duration);
  const Nanos to = std::clamp<Nanos>(subtract_saturating(finished, begin), 0, duration);
  if (to <= from) return;
  // Where it begins and ends, in parts of a slice.
  const double parts_per_ns = static_cast<double>(kSlices * kWhole) / static_cast<double>(duration);
  const auto place = [&](Nanos at) {
    return std::min(static_cast<std::uint64_t>(static_cast<double>(at) * parts_per_ns), kSlices * kWhole);
  };
  const std::uint64_t first = place(from);
  const std::uint64_t last = place(to);
  const std::size_t first_slice = first / kWhole;
  const std::size_t last_slice = last / kWhole;
  if (first_slice >= kSlices) return;
  if (first_slice == last_slice) {
    part_[first_slice] += last - first;
    return;
  }
  part_[first_slice] += (first_slice + 1) * kWhole - first;
  if (last_slice < kSlices) part_[last_slice] += last - last_slice * kWhole;
  ++step_[first_slice + 1];
  --step_[last_slice];
}

void PendingCurve::merge(const PendingCurve& other) {
  for (std::size_t i = 0; i < part_.size(); ++i) part_[i] += other.part_[i];
  for (std::size_t i = 0; i < step_.size(); ++i) step_[i] += other.step_[i];
}

std::array<double, PendingCurve::kSlices> PendingCurve::means() const {
  std::array<double, kSlices> mean{};
  std::int64_t whole = 0;
  for (std::size_t slice = 0; slice < kSlices; ++slice) {
    whole += step_[slice];
    mean[slice] =
        static_cast<double>(part_[slice]) / static_cast<double>(kWhole) + static_cast<double>(whole);
  }
  return mean;
}

}  // namespace loopscope::model
