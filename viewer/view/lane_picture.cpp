#include "viewer/view/lane_picture.h"

#include <algorithm>
#include <cmath>

#include "viewer/view/time_axis.h"

namespace loopscope::view {
namespace {

// An interval that is wider stands for itself.
constexpr float kSinglePixels = 2;

// Neighbours whose covered shares differ by less look alike.
constexpr float kSameShare = 1.0F / 24;

// One pixel each, wider ones in very wide lanes, so that pieces stay below their limit: no column begins more than one
// piece of several intervals and one single interval, and a single one takes two columns.
struct Columns {
  TimeAxis axis;
  std::size_t count;
  float width;

  Columns(TimeRange range, float lane_width)
      : axis(range, std::max(lane_width, 1.0F)),
        count(std::clamp<std::size_t>(static_cast<std::size_t>(axis.width()), 1, kMaxPieces / 2)),
        width(axis.width() / static_cast<float>(count)) {}

  std::size_t at(float x) const {
    return std::min(static_cast<std::size_t>(std::max(x, 0.0F) / width), count - 1);
  }
  float left(std::size_t column) const { return static_cast<float>(column) * width; }
  // Where it ends in time; the last one with the range.
  Time end(std::size_t column) const {
    return column + 1 >= count ? axis.range().to : axis.time(left(column + 1));
  }
};

bool looks_like(const Piece& a, const Piece& b) {
  return !a.single && !b.single && a.over_limit == b.over_limit && a.x1 >= b.x0 &&
         std::abs(a.share - b.share) < kSameShare;
}

void add(std::vector<Piece>& pieces, const Piece& piece) {
  if (pieces.empty() || !looks_like(pieces.back(), piece)) {
    if (pieces.size() < kMaxPieces) pieces.push_back(piece);
    return;
  }
  Piece& last = pieces.back();
  const float before = last.x1 - last.x0;
  const float more = piece.x1 - last.x1;
  if (before + more > 0) last.share = (last.share * before + piece.share * more) / (before + more);
  last.x1 = piece.x1;
  last.count += piece.count;
  if (piece.longest > last.longest) {
    last.longest = piece.longest;
    last.at = piece.at;
  }
}

}  // namespace

std::vector<Piece> lane_pieces(const model::IntervalRow& row, TimeRange range, float width, Nanos limit) {
  std::vector<Piece> pieces;
  if (row.empty() || range.length() <= 0) return pieces;
  const Columns columns(range, width);
  const TimeAxis& axis = columns.axis;
  const double single_ns = axis.ns_per_pixel() * static_cast<double>(std::max(kSinglePixels, 2 * columns.width));
  std::size_t at = row.first_ending_after(range.from);
  while (at < row.size() && row.begin(at) < range.to) {
    const Nanos duration = row.duration(at);
    if (static_cast<double>(duration) >= single_ns) {
      Piece piece;
      piece.x0 = std::clamp(axis.x(row.begin(at)), 0.0F, axis.width());
      piece.x1 = std::clamp(axis.x(row.end(at)), piece.x0, axis.width());
      piece.share = 1;
      piece.longest = duration;
      piece.at = at++;
      piece.count = 1;
      piece.single = true;
      piece.over_limit = duration > limit;
      if (pieces.size() < kMaxPieces) pieces.push_back(piece);
      continue;
    }
    const std::size_t column = columns.at(axis.x(row.begin(at)));
    const Time from = std::max(row.begin(at), range.from);
    Time to = std::max(columns.end(column), add_saturating(from, 1));
    model::IntervalSum sum = row.sum(from, to);
    // Intervals do not overlap, so that one that is as wide as that is the last of its column.
    if (static_cast<double>(sum.longest) >= single_ns && sum.longest_at > at) {
      to = row.begin(sum.longest_at);
      sum = row.sum(from, to);
    }
    const std::size_t next = std::max(row.first_beginning_from(to), at + 1);
    Piece piece;
    piece.x0 = columns.left(column);
    piece.x1 = std::min(piece.x0 + columns.width, axis.width());
    const double ns = axis.ns_per_pixel() * static_cast<double>(columns.width);
    piece.share = static_cast<float>(std::clamp(static_cast<double>(sum.covered) / ns, 0.0, 1.0));
    piece.longest = sum.longest;
    piece.at = sum.count == 0 ? at : sum.longest_at;
    piece.count = next - at;
    piece.over_limit = sum.longest > limit;
    add(pieces, piece);
    at = next;
  }
  return pieces;
}

std::vector<Nanos> lag_columns(const model::IntervalRow& row, TimeRange range, std::size_t columns) {
  std::vector<Nanos> lags(columns, model::IntervalRow::kNoLag);
  if (row.empty() || columns == 0 || range.length() <= 0) return lags;
  const TimeAxis axis(range, static_cast<float>(columns));
  for (std::size_t column = 0; column < columns; ++column) {
    const Time from = axis.time(static_cast<float>(column));
    const Time to = std::max(axis.time(static_cast<float>(column + 1)), from + 1);
    const std::size_t first = row.first_beginning_from(from);
    if (first == row.size()) break;
    if (row.begin(first) >= to) {
      // To the column of the next one at once.
      const auto next = static_cast<std::size_t>(std::max(axis.x(row.begin(first)), 0.0F));
      if (next > column + 1) column = std::min(next, columns) - 1;
      continue;
    }
    lags[column] = row.sum(from, to).worst_lag;
  }
  return lags;
}

std::vector<Nanos> longest_columns(const model::IntervalRow& row, TimeRange range, std::size_t columns) {
  std::vector<Nanos> longest(columns, model::IntervalRow::kNoLag);
  if (row.empty() || columns == 0 || range.length() <= 0) return longest;
  const TimeAxis axis(range, static_cast<float>(columns));
  for (std::size_t column = 0; column < columns; ++column) {
    const Time from = axis.time(static_cast<float>(column));
    const Time to = std::max(axis.time(static_cast<float>(column + 1)), from + 1);
    const model::IntervalSum sum = row.sum(from, to);
    if (sum.count != 0) longest[column] = sum.longest;
  }
  return longest;
}

PendingColumns pending_columns(const model::PendingHistory& history, const model::TaskTable& tasks,
                               TimeRange range, std::size_t columns) {
  PendingColumns pending;
  pending.least.reserve(columns);
  pending.most.reserve(columns);
  const TimeAxis axis(range, static_cast<float>(std::max<std::size_t>(columns, 1)));
  for (std::size_t column = 0; column < columns; ++column) {
    const Time from = axis.time(static_cast<float>(column));
    const Time to = std::max(axis.time(static_cast<float>(column + 1)), add_saturating(from, 1));
    const model::PendingHistory::Extent extent = history.extent(tasks, from, to);
    pending.least.push_back(extent.least);
    pending.most.push_back(extent.most);
  }
  return pending;
}

}  // namespace loopscope::view
