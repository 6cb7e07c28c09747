// What can be seen of a row of intervals in so many pixels.
#include "viewer/view/lane_picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/trace_builder.h"

namespace loopscope::view {
namespace {

using model::IntervalRow;
using testing::a_trace;
using testing::created_at;
using testing::every;

constexpr Nanos kLimit = 10 * kMillisecond;
constexpr Nanos kHour = 3'600 * kSecond;

struct Interval {
  Time begin;
  Nanos duration;
};

IntervalRow row_of(const std::vector<Interval>& intervals) {
  IntervalRow row;
  for (const Interval& interval : intervals) row.add(interval.begin, interval.duration);
  row.finish();
  return row;
}

double x_of(Time at, TimeRange range, float width) {
  return static_cast<double>(at - range.from) / static_cast<double>(range.length()) *
         static_cast<double>(width);
}

// What holds of every picture.
void expect_sound(const std::vector<Piece>& pieces, const IntervalRow& row, float width) {
  ASSERT_LE(pieces.size(), kMaxPieces);
  float last = 0;
  for (const Piece& piece : pieces) {
    ASSERT_GE(piece.x0, last);
    ASSERT_GT(piece.x1, piece.x0);
    ASSERT_LE(piece.x1, width);
    ASSERT_GE(piece.share, 0);
    ASSERT_LE(piece.share, 1);
    ASSERT_GT(piece.count, 0U);
    ASSERT_LT(piece.at, row.size());
    ASSERT_EQ(piece.longest, row.duration(piece.at));
    last = piece.x1;
  }
}

// And what a look at every interval says of it.
void expect_all_shown(const std::vector<Piece>& pieces, const IntervalRow& row, TimeRange range, float width,
                      Nanos limit) {
  double covered = 0;
  for (std::size_t at = 0; at < row.size(); ++at) {
    if (row.begin(at) >= range.to || (row.end(at) <= range.from && row.begin(at) < range.from)) continue;
    const Time begin = std::max(row.begin(at), range.from);
    const Time end = std::min(row.end(at), range.to);
    covered += static_cast<double>(end - begin);
    const double x0 = x_of(begin, range, width);
    const double x1 = x_of(end, range, width);
    const bool shown = std::any_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
      const bool long_enough = piece.longest >= row.duration(at);
      return piece.x0 <= x1 + 2.01 && piece.x1 >= x0 - 2.01 && long_enough;
    });
    ASSERT_TRUE(shown) << at << " at " << x0;
    if (row.duration(at) > limit) {
      const bool flagged = std::any_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
        return piece.over_limit && piece.x0 <= x1 + 0.01 && piece.x1 >= x0 - 0.01;
      });
      ASSERT_TRUE(flagged) << at << " at " << x0;
    }
  }
  if (limit != kNever) return;  // else pieces give way
  double drawn = 0;
  for (const Piece& piece : pieces) {
    drawn += static_cast<double>(piece.share) * static_cast<double>(piece.x1 - piece.x0);
  }
  const double pixels = covered / static_cast<double>(range.length()) * static_cast<double>(width);
  ASSERT_NEAR(drawn, pixels, 0.5 + pixels * 0.001);
}

TEST(LanePicture, DrawsALongIntervalWithItsOwnEdges) {
  const IntervalRow row = row_of({{100, 300}, {400, 200}});
  const std::vector<Piece> pieces = lane_pieces(row, {0, 1'000}, 100, 250);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_FLOAT_EQ(pieces[0].x0, 10);
  EXPECT_FLOAT_EQ(pieces[0].x1, 40);
  EXPECT_TRUE(pieces[0].single);
  EXPECT_TRUE(pieces[0].over_limit);
  EXPECT_EQ(pieces[0].at, 0U);
  EXPECT_FLOAT_EQ(pieces[1].x0, 40);
  EXPECT_FLOAT_EQ(pieces[1].x1, 60);
  EXPECT_FALSE(pieces[1].over_limit);
  EXPECT_FLOAT_EQ(pieces[1].share, 1);
}

TEST(LanePicture, CutsWhatReachesOutOfTheRange) {
  const IntervalRow row = row_of({{-500, 1'000}, {900, 5'000}});
  const std::vector<Piece> pieces = lane_pieces(row, {0, 1'000}, 50, kNever);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_FLOAT_EQ(pieces[0].x0, 0);
  EXPECT_FLOAT_EQ(pieces[0].x1, 25);
  EXPECT_EQ(pieces[0].longest, 1'000) << "the whole of it";
  EXPECT_FLOAT_EQ(pieces[1].x0, 45);
  EXPECT_FLOAT_EQ(pieces[1].x1, 50);
}

TEST(LanePicture, MergesColumnsThatLookAlike) {
  std::vector<Interval> intervals;
  for (int i = 0; i < 10'007; ++i) intervals.push_back({i * 100, 50});
  const IntervalRow row = row_of(intervals);
  const std::vector<Piece> pieces = lane_pieces(row, {0, 1'000'000}, 100, kNever);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_FLOAT_EQ(pieces[0].x0, 0);
  EXPECT_FLOAT_EQ(pieces[0].x1, 100);
  EXPECT_NEAR(pieces[0].share, 0.5, 0.001);
  EXPECT_EQ(pieces[0].count, 10'000U) << "each once";
  EXPECT_FALSE(pieces[0].single);
}

TEST(LanePicture, ShowsAStallOfTwoMillisecondsInTenHours) {
  IntervalRow row;
  constexpr std::size_t kCount = 360'007;
  constexpr std::size_t kStall = 123'457;
  for (std::size_t at = 0; at < kCount; ++at) {
    row.add(static_cast<Time>(at) * 100 * kMillisecond, at == kStall ? 2 * kMillisecond : 50 * kMicrosecond);
  }
  row.finish();
  const std::vector<Piece> pieces = lane_pieces(row, {0, 10 * kHour}, 1280, kMillisecond);
  expect_sound(pieces, row, 1280);
  const auto is_over = [](const Piece& piece) { return piece.over_limit; };
  ASSERT_EQ(std::count_if(pieces.begin(), pieces.end(), is_over), 1);
  const Piece stall = *std::find_if(pieces.begin(), pieces.end(), is_over);
  EXPECT_EQ(stall.at, kStall);
  EXPECT_EQ(stall.longest, 2 * kMillisecond);
  EXPECT_GE(stall.x1 - stall.x0, 2);
  const double x = x_of(row.begin(kStall), {0, 10 * kHour}, 1280);
  EXPECT_LE(static_cast<double>(stall.x0), x);
  EXPECT_GE(static_cast<double>(stall.x1), x);
}

TEST(LanePicture, MakesRoomForAStallAtEitherEdge) {
  const IntervalRow row = row_of({{0, 20'000}, {500'000, 100'000}, {999'999'000, 20'000}});
  const std::vector<Piece> pieces = lane_pieces(row, {0, kSecond}, 1000, 10'000);
  expect_sound(pieces, row, 1000);
  ASSERT_GE(pieces.size(), 2U);
  EXPECT_FLOAT_EQ(pieces.front().x0, 0);
  EXPECT_FLOAT_EQ(pieces.front().x1, 2);
  EXPECT_FLOAT_EQ(pieces.back().x0, 998);
  EXPECT_FLOAT_EQ(pieces.back().x1, 1000);
}

TEST(LanePicture, HoldsAllThatALookAtEveryIntervalFinds) {
  std::mt19937_64 random(4711);
  for (int round = 0; round < 89; ++round) {
    // From dense to sparse, from a nanosecond to seconds, a few much longer than the rest.
    std::vector<Interval> intervals;
    const std::uint64_t scale = std::uint64_t{1} << random() % 30;
    Time now = static_cast<Time>(random() % 1'000) - 500;
    const std::size_t count = 1 + random() % 3'001;
    for (std::size_t i = 0; i < count; ++i) {
      now += static_cast<Nanos>(random() % 3 == 0 ? 0 : random() % scale);
      const Nanos duration = static_cast<Nanos>(random() % scale * (random() % 23 == 0 ? 101 : 1));
      intervals.push_back({now, duration});
      now += duration;
    }
    const IntervalRow row = row_of(intervals);
    const Time first = row.begin(0) - static_cast<Nanos>(random() % 17);
    const auto length = static_cast<std::uint64_t>(now - first + 13);
    for (const float width : {1.0F, 7.0F, 331.0F, 1280.0F, 3840.0F}) {
      TimeRange range{first, first + static_cast<Nanos>(length)};
      if (random() % 2 == 0) {
        range.from += static_cast<Nanos>(random() % length);
        range.to = range.from + 1 + static_cast<Nanos>(random() % length);
      }
      const auto limit = static_cast<Nanos>(scale);
      for (const Nanos told : {kNever, limit}) {
        const std::vector<Piece> pieces = lane_pieces(row, range, width, told);
        ASSERT_NO_FATAL_FAILURE(expect_sound(pieces, row, width)) << "round " << round << ", width " << width;
        ASSERT_NO_FATAL_FAILURE(expect_all_shown(pieces, row, range, width, told))
            << "round " << round << ", width " << width;
      }
    }
  }
}

TEST(LanePicture, KeepsToItsLimitOfPieces) {
  // The worst there is: one wide interval after the other, something narrow between them.
  for (const float width : {1280.0F, 2560.0F, 7680.0F}) {
    std::vector<Interval> intervals;
    for (int i = 0; i < 100'003; ++i) {
      intervals.push_back({i * 1'000, 700});
      intervals.push_back({i * 1'000 + 800, 1 + i % 97});
    }
    const IntervalRow row = row_of(intervals);
    for (Nanos length = 100'000; length < 100'000'000; length = length * 13 / 11) {
      const std::vector<Piece> pieces = lane_pieces(row, {0, length}, width, kNever);
      ASSERT_LE(pieces.size(), kMaxPieces) << length << " in " << width;
      ASSERT_FALSE(pieces.empty());
    }
  }
}

TEST(LanePicture, DrawsNothingOfNothing) {
  EXPECT_TRUE(lane_pieces(row_of({}), {0, 1'000}, 100, kLimit).empty());
  const IntervalRow row = row_of({{100, 50}});
  EXPECT_TRUE(lane_pieces(row, {500, 1'000}, 100, kLimit).empty());
  EXPECT_TRUE(lane_pieces(row, {120, 120}, 100, kLimit).empty());
  EXPECT_TRUE(lane_pieces(row, {140, 120}, 100, kLimit).empty());
  EXPECT_TRUE(lane_pieces(row, {0, 1'000}, 0, kLimit).empty());
  EXPECT_TRUE(lane_pieces(row, {0, 1'000}, std::numeric_limits<float>::quiet_NaN(), kLimit).empty());
}

TEST(LanePicture, SurvivesTimesOfAnySize) {
  constexpr Time kLeast = std::numeric_limits<Time>::min();
  const IntervalRow row = row_of(
      {{kLeast, kNever}, {-700, 5}, {-690, 5'000}, {0, 7}, {9, 0}, {1LL << 60, 1LL << 60}, {kNever, kNever}});
  const std::vector<Time> edges = {kLeast, -701, -3, 0, 1, 1'000, 1LL << 61, kNever};
  for (const Time from : edges) {
    for (const Time to : edges) {
      for (const float width : {0.5F, 3.0F, 1280.0F}) {
        expect_sound(lane_pieces(row, {from, to}, width, kLimit), row, width);
        EXPECT_EQ(longest_columns(row, {from, to}, 101).size(), 101U);
        EXPECT_EQ(lag_columns(row, {from, to}, 101).size(), 101U);
      }
    }
  }
}

TEST(LanePicture, TellsTheWorstLagOfEachColumn) {
  IntervalRow row;
  for (int i = 0; i < 1'009; ++i) row.add(i * 100, 50, 0, i == 517 ? 1'999 : i % 7);
  row.finish();
  const std::vector<Nanos> lags = lag_columns(row, {0, 200'000}, 200);
  ASSERT_EQ(lags.size(), 200U);
  EXPECT_EQ(lags[51], 1'999);
  EXPECT_EQ(lags[50], 6);
  EXPECT_EQ(lags[100], 6);
  EXPECT_EQ(lags[101], IntervalRow::kNoLag);
  const std::vector<Nanos> fine = lag_columns(row, {51'700, 51'705}, 1280);
  EXPECT_EQ(fine[0], 1'999) << "columns of less than a nanosecond";
  EXPECT_EQ(fine[255], 1'999);
  EXPECT_EQ(fine[256], IntervalRow::kNoLag);
}

TEST(LanePicture, TellsTheLongestOfEachColumn) {
  const IntervalRow row = row_of({{0, 250}, {300, 7}});
  EXPECT_EQ(longest_columns(row, {0, 500}, 5), (std::vector<Nanos>{250, 250, 250, 7, IntervalRow::kNoLag}));
}

TEST(LanePicture, TellsLeastAndMostPendingOfEachColumn) {
  const model::Trace trace = a_trace()
                                 .lasting(10 * kSecond)
                                 .with_site("uv_timer", "a.cpp", 3)
                                 .with_tasks(7, every(kSecond), created_at(kSecond).finished_at(3 * kSecond))
                                 .build();
  const auto pending = pending_columns(trace.timeline.pending, trace.tasks, {0, 10 * kSecond}, 10);
  ASSERT_EQ(pending.most.size(), 10U);
  EXPECT_EQ(pending.most[0], 0U);
  EXPECT_EQ(pending.least[2], 2U);
  EXPECT_EQ(pending.most[2], 2U);
  EXPECT_EQ(pending.most[5], 2U);
  EXPECT_EQ(pending.least[8], 1U);
  EXPECT_EQ(pending.most[9], 0U);
  const model::PendingHistory none;
  EXPECT_EQ(pending_columns(none, trace.tasks, {0, 10}, 3).most, (std::vector<std::uint64_t>{0, 0, 0}));
}

}  // namespace
}  // namespace loopscope::view
