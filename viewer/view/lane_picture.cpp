#include "viewer/view/lane_picture.h"

#include <algorithm>
#include <cmath>

namespace loopscope::view {
namespace {

// Of shares that look the same.
constexpr double kLooks = 16;

// A column is a pixel, or more in a wider lane: a single interval fills one column at least and ends in another, so
// that there are half as many pieces more than columns at most.
constexpr std::size_t kMaxColumns = 1300;
static_assert(kMaxColumns * 3 / 2 <= kMaxPieces);

// What is over the limit is that wide, however long the range.
constexpr float kStallPixels = 2;

// A range cut into equal parts, exact in whole nanoseconds whatever the range.
class Columns {
 public:
  // Precondition: range.from < range.to, count > 0.
  Columns(TimeRange range, std::size_t count)
      : from_(range.from),
        length_(static_cast<std::uint64_t>(range.to) - static_cast<std::uint64_t>(range.from)),
        count_(count) {}

  std::size_t count() const { return count_; }
  std::uint64_t length() const { return length_; }
  // Where column `at` begins; at == count(): the end.
  Time edge(std::size_t at) const {
    const std::uint64_t since = length_ / count_ * at + length_ % count_ * at / count_;
    return static_cast<Time>(static_cast<std::uint64_t>(from_) + since);
  }
  // Where it ends: a nanosecond is the least.
  Time end(std::size_t at) const { return std::max(edge(at + 1), add_saturating(edge(at), 1)); }
  // Of the range, 0 .. 1, for an instant within it.
  double share(Time at) const {
    return static_cast<double>(static_cast<std::uint64_t>(at) - static_cast<std::uint64_t>(from_)) /
           static_cast<double>(length_);
  }

 private:
  Time from_;
  std::uint64_t length_;
  std::uint64_t count_;
};

struct Part {
  Time from = 0;
  Time to = 0;
  float x0 = 0;
  float x1 = 0;
  model::IntervalSum sum;
  bool wide = false;    // an interval by itself
  bool merged = false;  // sum is that of its first column
  double look = 0;
};

double share_of(const Part& part) {
  const double length = static_cast<double>(subtract_saturating(part.to, part.from));
  return length > 0 ? std::clamp(static_cast<double>(part.sum.covered) / length, 0.0, 1.0) : 0.0;
}

// From left to right along a row, column by column, with a leap over each interval of two columns or more.
class Sweep {
 public:
  Sweep(const model::IntervalRow& row, TimeRange range, float width, Nanos limit)
      : row_(row),
        range_(range),
        width_(width),
        limit_(limit),
        columns_(range, std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(width)), 1, kMaxColumns)),
        wide_(std::max<std::uint64_t>(columns_.length() / columns_.count() * 2, 1)) {}

  std::vector<Piece> run();

 private:
  bool is_wide(const model::IntervalSum& sum) const {
    return sum.count != 0 && static_cast<std::uint64_t>(sum.longest) >= wide_;
  }
  bool over_limit(const Part& part) const { return part.sum.longest > limit_; }
  bool alike(const Part& left, const Part& right) const;
  float x_of(Time at) const;
  void add(Time from, Time to, const model::IntervalSum& sum);
  void add_wide(std::size_t at);
  void sum_merged();
  void make_room();
  void widen(std::size_t at);

  const model::IntervalRow& row_;
  TimeRange range_;
  float width_;
  Nanos limit_;
  Columns columns_;
  std::uint64_t wide_;
  std::size_t column_ = 0;
  Time at_ = 0;
  std::vector<Part> parts_;
};

// Edges of columns stand on pixels, not beside them; but where columns are nanoseconds, time is exact.
float Sweep::x_of(Time at) const {
  constexpr std::uint64_t kFine = 64;
  if (columns_.length() / columns_.count() < kFine) {
    return static_cast<float>(columns_.share(at) * static_cast<double>(width_));
  }
  for (const std::size_t column : {column_, column_ + 1}) {
    if (columns_.edge(column) == at) {
      return width_ * static_cast<float>(column) / static_cast<float>(columns_.count());
    }
  }
  return static_cast<float>(columns_.share(at) * static_cast<double>(width_));
}

bool Sweep::alike(const Part& left, const Part& right) const {
  if (left.wide || right.wide || left.to != right.from) return false;
  // One that reaches into both.
  const bool same =
      left.sum.count != 0 && right.sum.count != 0 && left.sum.longest_at == right.sum.longest_at;
  if (over_limit(left) || over_limit(right)) return same && over_limit(left) && over_limit(right);
  if (same && left.sum.count == 1 && right.sum.count == 1) return true;
  return left.look == right.look;
}

void Sweep::add(Time from, Time to, const model::IntervalSum& sum) {
  Part part{from, to, x_of(from), x_of(to), sum};
  part.look = std::round(share_of(part) * kLooks);
  if (!parts_.empty() && alike(parts_.back(), part)) {
    parts_.back().to = to;
    parts_.back().x1 = part.x1;
    parts_.back().merged = true;
    return;
  }
  parts_.push_back(part);
}

void Sweep::add_wide(std::size_t at) {
  const Time from = std::max(row_.begin(at), at_);
  const Time to = std::min(row_.end(at), range_.to);
  model::IntervalSum sum;
  sum.count = 1;
  sum.covered = subtract_saturating(to, from);
  sum.longest = row_.duration(at);
  sum.longest_at = at;
  const float x0 = x_of(from);
  while (column_ < columns_.count() && columns_.edge(column_ + 1) <= to) ++column_;
  parts_.push_back({from, to, x0, x_of(to), sum, true});
  at_ = to;
}

std::vector<Piece> Sweep::run() {
  at_ = range_.from;
  while (at_ < range_.to) {
    while (columns_.edge(column_ + 1) <= at_) ++column_;
    const Time to = columns_.edge(column_ + 1);
    const model::IntervalSum sum = row_.sum(at_, to);
    if (is_wide(sum)) {
      const Time begin = row_.begin(sum.longest_at);
      if (begin > at_) {
        // Another wide one may end here, where this one begins.
        const model::IntervalSum before = row_.sum(at_, begin);
        if (is_wide(before)) {
          add_wide(before.longest_at);
          continue;
        }
        if (before.count != 0) add(at_, begin, before);
      }
      add_wide(sum.longest_at);
      continue;
    }
    if (sum.count != 0) add(at_, to, sum);
    at_ = to;
  }
  sum_merged();
  make_room();

  std::vector<Piece> pieces;
  pieces.reserve(parts_.size());
  for (const Part& part : parts_) {
    if (part.x0 >= part.x1) continue;  // gave way
    Piece& piece = pieces.emplace_back();
    piece.x0 = part.x0;
    piece.x1 = part.x1;
    piece.share = static_cast<float>(share_of(part));
    piece.longest = part.sum.longest;
    piece.at = part.sum.longest_at;
    piece.count = part.sum.count;
    piece.single = part.wide;
    piece.over_limit = over_limit(part);
  }
  return pieces;
}

// What reaches from one part into the next is to count once.
void Sweep::sum_merged() {
  for (Part& part : parts_) {
    if (part.merged) part.sum = row_.sum(part.from, part.to);
  }
}

void Sweep::make_room() {
  for (std::size_t at = 0; at < parts_.size(); ++at) {
    if (over_limit(parts_[at])) widen(at);
  }
}

void Sweep::widen(std::size_t at) {
  Part& part = parts_[at];
  const float least = std::min(kStallPixels, width_);
  const bool beside_left = at != 0 && over_limit(parts_[at - 1]) && parts_[at - 1].x1 >= part.x0;
  const bool beside_right =
      at + 1 < parts_.size() && over_limit(parts_[at + 1]) && parts_[at + 1].x0 <= part.x1;
  if (part.x1 - part.x0 >= least || beside_left || beside_right) return;
  // To the right, up to the next one over the limit, else to the left.
  float free = width_;
  for (std::size_t next = at + 1; next < parts_.size() && parts_[next].x0 < part.x0 + least; ++next) {
    if (over_limit(parts_[next])) {
      free = parts_[next].x0;
      break;
    }
  }
  part.x1 = std::min(part.x0 + least, free);
  part.x0 = std::max(std::min(part.x0, part.x1 - least), 0.0F);
  for (std::size_t next = at + 1; next < parts_.size() && parts_[next].x0 < part.x1; ++next) {
    parts_[next].x0 = part.x1;
  }
  for (std::size_t before = at; before-- > 0 && parts_[before].x1 > part.x0;) {
    if (over_limit(parts_[before])) {
      part.x0 = parts_[before].x1;
      break;
    }
    parts_[before].x1 = part.x0;
  }
}

}  // namespace

std::vector<Piece> lane_pieces(const model::IntervalRow& row, TimeRange range, float width, Nanos limit) {
  if (row.empty() || range.from >= range.to || !(width > 0)) return {};
  return Sweep(row, range, width, limit).run();
}

std::vector<Nanos> lag_columns(const model::IntervalRow& row, TimeRange range, std::size_t columns) {
  std::vector<Nanos> lags(columns, model::IntervalRow::kNoLag);
  if (row.empty() || columns == 0 || range.from >= range.to) return lags;
  const Columns parts(range, columns);
  for (std::size_t column = 0; column < columns; ++column) {
    const Time to = parts.end(column);
    const std::size_t first = row.first_beginning_from(parts.edge(column));
    if (first == row.size()) break;
    if (row.begin(first) < to) lags[column] = row.sum(parts.edge(column), to).worst_lag;
  }
  return lags;
}

std::vector<Nanos> longest_columns(const model::IntervalRow& row, TimeRange range, std::size_t columns) {
  std::vector<Nanos> longest(columns, model::IntervalRow::kNoLag);
  if (row.empty() || columns == 0 || range.from >= range.to) return longest;
  const Columns parts(range, columns);
  for (std::size_t column = 0; column < columns; ++column) {
    const model::IntervalSum sum = row.sum(parts.edge(column), parts.end(column));
    if (sum.count != 0) longest[column] = sum.longest;
  }
  return longest;
}

PendingColumns pending_columns(const model::PendingHistory& history, const model::TaskTable& tasks,
                               TimeRange range, std::size_t columns) {
  PendingColumns pending;
  pending.least.resize(columns);
  pending.most.resize(columns);
  if (columns == 0 || range.from >= range.to) return pending;
  const Columns parts(range, columns);
  for (std::size_t column = 0; column < columns; ++column) {
    const model::PendingHistory::Extent extent = history.extent(tasks, parts.edge(column), parts.end(column));
    pending.least[column] = extent.least;
    pending.most[column] = extent.most;
  }
  return pending;
}

}  // namespace loopscope::view
