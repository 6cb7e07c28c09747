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
  pieces_.clear();
  for (std::size_t i = 0; i + 1 < anchors_.size(); ++i) {
    const Anchor& begin = anchors_[i];
    const Anchor& end = anchors_[i + 1];
    const double rate =
        static_cast<double>(end.time - begin.time) / static_cast<double>(end.ticks - begin.ticks);
    pieces_.push_back({begin.ticks, end.ticks - 1, begin.ticks, begin.time, rate});
  }
  if (pieces_.empty()) {
    pieces_.push_back({0, UINT64_MAX, anchors_.front().ticks, anchors_.front().time, nominal});
  }
  pieces_.front().from = 0;
  pieces_.back().to = UINT64_MAX;
}

Time TraceClock::at_once(std::uint64_t ticks, Segment& segment) const {
  const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), ticks,
                                      [](std::uint64_t at, const Piece& piece) { return at < piece.from; });
  const Piece& piece = after == pieces_.begin() ? pieces_.front() : *(after - 1);
  // The segment is that part of the piece where nothing comes near the furthest time.
  constexpr double kFarTicks = 4611686018427387904.0;  // 2^62
  const double far = piece.ns_per_tick > 0 ? std::min(kFurthest / piece.ns_per_tick, kFarTicks) : kFarTicks;
  const auto reach = static_cast<std::uint64_t>(far);
  const std::uint64_t base = piece.base_ticks;
  segment.from = std::max(piece.from, base - std::min(base, reach));
  const std::uint64_t to = std::min(piece.to, base + std::min(~base, reach));
  segment.span = to >= segment.from ? to - segment.from : 0;
  segment.base_ticks = base;
  segment.base = piece.base;
  segment.ns_per_tick = piece.ns_per_tick;
  const auto distance = static_cast<double>(static_cast<std::int64_t>(ticks - base));
  return piece.base + static_cast<Time>(std::clamp(distance * piece.ns_per_tick, -kFurthest, kFurthest));
}

Nanos TraceClock::duration_of(std::uint64_t ticks) const {
  const double ns = static_cast<double>(ticks) * pieces_.front().ns_per_tick;
  return static_cast<Nanos>(std::min(ns, kFurthest));
}

}  // namespace loopscope::trace
