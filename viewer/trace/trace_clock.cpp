// From anchors to segments.
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {
namespace {

// Reading both clocks takes a moment; two anchors that are too close measure that moment, not the rate.
constexpr Nanos kShortestSegment = kMillisecond;

constexpr Time kFurthestAnchor = Time{1} << 57;

}  // namespace

void TraceClock::add_anchor(std::uint64_t ticks, std::uint64_t monotonic_ns) {
  if (anchors_.empty()) first_ns_ = monotonic_ns;
  const auto since_first = static_cast<std::int64_t>(monotonic_ns - first_ns_);
  anchors_.push_back({ticks, std::clamp<Time>(since_first, -kFurthestAnchor, kFurthestAnchor)});
}

void TraceClock::finish(std::uint64_t ticks_per_second) {
  const double nominal = ticks_per_second == 0 ? 1.0 : 1e9 / static_cast<double>(ticks_per_second);
  if (anchors_.empty()) anchors_.push_back({0, 0});
  // Where one of two contradicts the other, the earlier packet is believed.
  std::vector<Anchor> kept{anchors_.front()};
  for (const Anchor& anchor : anchors_) {
    if (anchor.ticks > kept.back().ticks && anchor.time >= kept.back().time + kShortestSegment) {
      kept.push_back(anchor);
    }
  }
  anchors_ = std::move(kept);
  segments_.clear();
  for (std::size_t i = 0; i + 1 < anchors_.size(); ++i) {
    const Anchor& begin = anchors_[i];
    const Anchor& end = anchors_[i + 1];
    const double rate =
        static_cast<double>(end.time - begin.time) / static_cast<double>(end.ticks - begin.ticks);
    segments_.push_back({begin.ticks, end.ticks - 1, begin.ticks, begin.time, rate});
  }
  if (segments_.empty()) {
    segments_.push_back({0, UINT64_MAX, anchors_.front().ticks, anchors_.front().time, nominal});
  }
  segments_.front().from = 0;
  segments_.back().to = UINT64_MAX;
}

TraceClock::Segment TraceClock::find(std::uint64_t ticks) const {
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), ticks,
                       [](std::uint64_t at, const Segment& segment) { return at < segment.from; });
  return after == segments_.begin() ? segments_.front() : *(after - 1);
}

Nanos TraceClock::duration_of(std::uint64_t ticks) const {
  const double ns = static_cast<double>(ticks) * segments_.front().ns_per_tick;
  return static_cast<Nanos>(std::min(ns, kFurthest));
}

}  // namespace loopscope::trace
