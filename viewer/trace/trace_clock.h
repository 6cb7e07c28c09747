// Ticks of the recorded clock to Time: linear between two anchors, the nearest pair's rate outside of them.
// Filled before replaying, then read only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "viewer/base/units.h"

namespace loopscope::trace {

class TraceClock {
 public:
  // The first one added is time 0.
  void add_anchor(std::uint64_t ticks, std::uint64_t monotonic_ns);
  // Call once, after the last anchor. `ticks_per_second` serves until there are two anchors far enough apart.
  void finish(std::uint64_t ticks_per_second);

  // A piece of the clock; keep one beside a run of ticks that ascend.
  struct Segment {
    std::uint64_t from = 0;  // it holds for ticks from here,
    std::uint64_t span = 0;  // so far. Nearly nothing at first.
    std::uint64_t base_ticks = 0;
    Time base = 0;
    double ns_per_tick = 1;
  };

  Time at(std::uint64_t ticks, Segment& segment) const {
    if (ticks - segment.from >= segment.span) [[unlikely]]
      return at_once(ticks, segment);
    const auto distance = static_cast<double>(static_cast<std::int64_t>(ticks - segment.base_ticks));
    return segment.base + static_cast<Time>(distance * segment.ns_per_tick);
  }
  Time at(std::uint64_t ticks) const {
    Segment segment;
    return at(ticks, segment);
  }
  Nanos duration_of(std::uint64_t ticks) const;

 private:
  // Nine years: no trace gets there, and sums and differences of such times stay within 63 bits.
  static constexpr double kFurthest = 288'230'376'151'711'744.0;  // 2^58

  struct Anchor {
    std::uint64_t ticks;
    Time time;
  };
  // Between two anchors, or beyond the outermost: from <= ticks <= to.
  struct Piece {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t base_ticks = 0;
    Time base = 0;
    double ns_per_tick = 1;
  };
  // Sets the segment, and does not rely on it.
  Time at_once(std::uint64_t ticks, Segment& segment) const;

  std::vector<Anchor> anchors_;
  std::uint64_t first_ns_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace loopscope::trace
