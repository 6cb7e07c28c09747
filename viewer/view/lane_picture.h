// What a lane of the timeline shows of a stretch of time, in pixels: its cost goes with the pixels, not with what
// happened in them. ImGui-free, pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "viewer/model/interval_row.h"
#include "viewer/model/pending_history.h"
#include "viewer/view/time_range.h"

namespace loopscope::view {

// Intervals side by side that look alike, or one of them.
struct Piece {
  float x0 = 0;  // from the lane's left edge; within it
  float x1 = 0;
  float share = 0;          // of it that is covered, 0 .. 1
  Nanos longest = 0;        // whole duration of the longest that touches it
  std::size_t at = 0;       // which one that is
  std::uint64_t count = 0;  // intervals that touch it
  bool single = false;      // it is one interval, drawn with its own edges
  bool over_limit = false;  // the longest is longer than the limit: merged with nothing else
};

inline constexpr std::size_t kMaxPieces = 2000;

// From left to right, not overlapping, at most kMaxPieces: intervals of two columns of pixels or more by themselves, the
// others by column, merged where columns look alike. One over the limit is two pixels wide at least, and its neighbours
// give way, unless these are over the limit too. Nothing for an empty range or width.
std::vector<Piece> lane_pieces(const model::IntervalRow& row, TimeRange range, float width, Nanos limit);

// By column: the worst lag of what begins in it; IntervalRow::kNoLag where nothing does.
std::vector<Nanos> lag_columns(const model::IntervalRow& row, TimeRange range, std::size_t columns);
// By column: the longest that touches it; IntervalRow::kNoLag where nothing does.
std::vector<Nanos> longest_columns(const model::IntervalRow& row, TimeRange range, std::size_t columns);

struct PendingColumns {
  std::vector<std::uint64_t> least;
  std::vector<std::uint64_t> most;
};
PendingColumns pending_columns(const model::PendingHistory& history, const model::TaskTable& tasks,
                               TimeRange range, std::size_t columns);

}  // namespace loopscope::view
