#include "viewer/model/interval_row.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

namespace loopscope::model {
namespace {

struct Interval {
  Time begin = 0;
  Nanos duration = 0;
  Nanos lag = IntervalRow::kNoLag;
  Time end() const { return begin + duration; }
};

IntervalRow row_of(const std::vector<Interval>& intervals) {
  IntervalRow row;
  for (const Interval& interval : intervals)
    row.add(interval.begin, interval.duration, kNoTask, interval.lag);
  row.finish();
  return row;
}

// What IntervalRow::sum() promises, by looking at every interval.
IntervalSum naive_sum(const IntervalRow& row, Time from, Time to) {
  IntervalSum sum;
  for (std::size_t at = 0; at < row.size(); ++at) {
    const Time begin = row.begin(at);
    const Time end = row.end(at);
    const bool touches = begin < to && (end > from || begin >= from);
    if (!touches) continue;
    ++sum.count;
    sum.covered += std::min(end, to) - std::max(begin, from);
    sum.longest = std::max(sum.longest, row.duration(at));
    if (begin >= from) sum.worst_lag = std::max(sum.worst_lag, row.lag(at));
  }
  return sum;
}

void expect_same(const IntervalRow& row, Time from, Time to) {
  const IntervalSum sum = row.sum(from, to);
  const IntervalSum naive = naive_sum(row, from, to);
  ASSERT_EQ(sum.count, naive.count) << from << " to " << to;
  ASSERT_EQ(sum.covered, naive.covered) << from << " to " << to;
  ASSERT_EQ(sum.longest, naive.longest) << from << " to " << to;
  ASSERT_EQ(sum.worst_lag, naive.worst_lag) << from << " to " << to;
  if (sum.count == 0) return;
  ASSERT_EQ(row.duration(sum.longest_at), sum.longest) << from << " to " << to;
  const bool begins_later = row.begin(sum.longest_at) >= to;
  const bool ends_before = row.end(sum.longest_at) < from;
  ASSERT_FALSE(begins_later || ends_before) << from << " to " << to;
}

TEST(IntervalRow, GivesBackWhatWasPutIn) {
  IntervalRow row;
  row.add(101, 13, 7, 41);
  row.add(1009, 0, kNoTask);
  row.add(1009, 5 * kSecond, 11, 0);
  row.finish();

  ASSERT_EQ(row.size(), 3U);
  EXPECT_EQ(row.begin(0), 101);
  EXPECT_EQ(row.duration(0), 13);
  EXPECT_EQ(row.end(0), 114);
  EXPECT_EQ(row.task(0), 7U);
  EXPECT_EQ(row.lag(0), 41);
  EXPECT_EQ(row.task(1), kNoTask);
  EXPECT_EQ(row.lag(1), IntervalRow::kNoLag);
  EXPECT_EQ(row.duration(1), 0);
  EXPECT_EQ(row.duration(2), 5 * kSecond);  // more than 32 bits hold
  EXPECT_EQ(row.task(2), 11U);
  EXPECT_EQ(row.lag(2), 0);
}

TEST(IntervalRow, IsExactOverYears) {
  constexpr Nanos kDay = 86'400 * kSecond;
  IntervalRow row;
  for (int day = 0; day < 3 * 365; ++day) row.add(day * kDay + day, 20 * kSecond + day, TaskIndex(day));
  row.finish();
  for (int day = 0; day < 3 * 365; ++day) {
    const auto at = static_cast<std::size_t>(day);
    ASSERT_EQ(row.begin(at), day * kDay + day);
    ASSERT_EQ(row.duration(at), 20 * kSecond + day);
    ASSERT_EQ(row.first_beginning_from(day * kDay + day), at);
  }
  const IntervalSum sum = row.sum(0, 3 * 365 * kDay);
  EXPECT_EQ(sum.longest, 20 * kSecond + 3 * 365 - 1);
  EXPECT_EQ(sum.longest_at, 3U * 365 - 1);
}

TEST(IntervalRow, TellsLagWithinAFifthOfAPercent) {
  IntervalRow row;
  std::vector<Nanos> lags;
  for (Nanos lag = 1; lag < 100'000 * kSecond; lag = lag * 31 / 29 + 1) lags.push_back(lag);
  lags.push_back(std::numeric_limits<Nanos>::max());
  for (std::size_t at = 0; at < lags.size(); ++at) row.add(static_cast<Time>(at), 1, 0, lags[at]);
  row.finish();
  for (std::size_t at = 0; at < lags.size(); ++at) {
    const double told = static_cast<double>(row.lag(at));
    const double given = static_cast<double>(lags[at]);
    ASSERT_NEAR(told, given, given * 0.002);
    if (lags[at] < 2048) {
      ASSERT_EQ(row.lag(at), lags[at]);
    }
  }
}

TEST(IntervalRow, FindsByTime) {
  const IntervalRow row = row_of({{100, 50}, {150, 50}, {300, 0}, {300, 7}, {400, 1}});
  EXPECT_EQ(row.first_beginning_from(std::numeric_limits<Time>::min()), 0U);
  EXPECT_EQ(row.first_beginning_from(100), 0U);
  EXPECT_EQ(row.first_beginning_from(101), 1U);
  EXPECT_EQ(row.first_beginning_from(300), 2U);
  EXPECT_EQ(row.first_beginning_from(401), 5U);
  EXPECT_EQ(row.first_beginning_from(kNever), 5U);
  EXPECT_EQ(row.first_ending_after(0), 0U);
  EXPECT_EQ(row.first_ending_after(149), 0U);
  EXPECT_EQ(row.first_ending_after(150), 1U);
  EXPECT_EQ(row.first_ending_after(200), 2U);  // the one without duration ends at 300
  EXPECT_EQ(row.first_ending_after(300), 3U);
  EXPECT_EQ(row.first_ending_after(401), 5U);
  EXPECT_EQ(row.first_ending_after(kNever), 5U);
}

TEST(IntervalRow, ShortensWhatOverlapsItsPredecessor) {
  const IntervalRow row = row_of({{100, 50}, {120, 50}, {110, 10}, {-1'000, 5'000}, {200, -7}});
  ASSERT_EQ(row.size(), 5U);
  EXPECT_EQ(row.begin(1), 150);
  EXPECT_EQ(row.end(1), 170);
  EXPECT_EQ(row.begin(2), 170);
  EXPECT_EQ(row.duration(2), 0);
  EXPECT_EQ(row.begin(3), 170);
  EXPECT_EQ(row.end(3), 4'000);
  EXPECT_EQ(row.begin(4), 4'000);
  EXPECT_EQ(row.duration(4), 0);
  EXPECT_EQ(row.sum(0, 10'000).covered, 3'900);
}

TEST(IntervalRow, AnswersNothingOfNothing) {
  const IntervalRow empty = row_of({});
  EXPECT_EQ(empty.sum(0, kNever).count, 0U);
  EXPECT_EQ(empty.first_ending_after(0), 0U);
  const IntervalRow one = row_of({{100, 50}});
  EXPECT_EQ(one.sum(150, 1'000).count, 0U);
  EXPECT_EQ(one.sum(120, 120).count, 0U);
  EXPECT_EQ(one.sum(140, 120).count, 0U);
  EXPECT_EQ(one.sum(std::numeric_limits<Time>::min(), kNever).covered, 50);
}

TEST(IntervalRow, SurvivesTimesOfAnySize) {
  constexpr Time kLeast = std::numeric_limits<Time>::min();
  const std::vector<Interval> hostile = {{kLeast, kNever}, {kLeast, -1},    {0, kNever},
                                         {kNever, kNever}, {kNever, 1},     {kLeast, kLeast},
                                         {-7, 3},          {1LL << 62, 11}, {kNever, 0}};
  const IntervalRow row = row_of(hostile);
  ASSERT_EQ(row.size(), hostile.size());
  for (std::size_t at = 0; at + 1 < row.size(); ++at) {
    EXPECT_LE(row.begin(at), row.end(at));
    EXPECT_LE(row.end(at), row.begin(at + 1));
  }
  const std::vector<Time> edges = {kLeast, kLeast + 1, -7, 0, 1, kNever - 1, kNever};
  for (const Time from : edges) {
    for (const Time to : edges) {
      const IntervalSum sum = row.sum(from, to);
      EXPECT_GE(sum.covered, 0);
      EXPECT_LE(sum.count, row.size());
    }
  }
}

TEST(IntervalRow, SumsAsAScanDoes) {
  std::mt19937_64 random(4711);
  // Sizes around a block, a level, a chunk; gaps and durations from nanoseconds to what 32 bits do not hold.
  for (const std::size_t count : {1U, 63U, 64U, 65U, 1'021U, 1'024U, 1'031U, 16'381U, 16'411U, 40'009U}) {
    for (const bool long_ones : {false, true}) {
      std::vector<Interval> intervals;
      Time now = -1'000;
      for (std::size_t i = 0; i < count; ++i) {
        Interval interval;
        now += static_cast<Nanos>(random() % 3 == 0 ? 0 : random() % 97);
        if (long_ones && random() % 29 == 0) now += static_cast<Nanos>(random() % (20 * kSecond));
        interval.begin = now;
        interval.duration = static_cast<Nanos>(random() % 31);
        if (long_ones && random() % 7 == 0) interval.duration = static_cast<Nanos>(random() % (20 * kSecond));
        if (random() % 3 != 0) interval.lag = static_cast<Nanos>(random() % 5'000);
        now = interval.end();
        intervals.push_back(interval);
      }
      const IntervalRow row = row_of(intervals);
      ASSERT_EQ(row.size(), count);
      for (int query = 0; query < 67; ++query) {
        Time from = -2'000 + static_cast<Time>(random() % static_cast<std::uint64_t>(now + 4'000));
        Time to = -2'000 + static_cast<Time>(random() % static_cast<std::uint64_t>(now + 4'000));
        if (query % 2 == 0) {  // at the edges of an interval
          from = row.begin(random() % count);
          to = row.end(random() % count);
        }
        if (from > to) std::swap(from, to);
        ASSERT_NO_FATAL_FAILURE(expect_same(row, from, to)) << count;
      }
      ASSERT_NO_FATAL_FAILURE(expect_same(row, -2'000, now + 1)) << count;
    }
  }
}

TEST(IntervalRow, ShowsTheOneLongIntervalAmongAMillion) {
  IntervalRow row;
  constexpr std::size_t kCount = 1'000'003;
  constexpr std::size_t kLong = 765'433;
  for (std::size_t at = 0; at < kCount; ++at) {
    row.add(static_cast<Time>(at) * 36 * kMillisecond, at == kLong ? 2 * kMillisecond : 997,
            static_cast<TaskIndex>(at), at == kLong ? 499 * kMicrosecond : 5);
  }
  row.finish();
  const IntervalSum sum = row.sum(0, 10 * 3'600 * kSecond + kSecond);
  EXPECT_EQ(sum.count, kCount);
  EXPECT_EQ(sum.longest, 2 * kMillisecond);
  EXPECT_EQ(sum.longest_at, kLong);
  EXPECT_EQ(row.task(sum.longest_at), kLong);
  EXPECT_EQ(sum.worst_lag, row.lag(kLong));
}

// Step by step, the whole of it, beginning with what was added last, and within the memory that was taken.
TEST(IntervalRow, TellsTheMemoryThatComesNext) {
  constexpr std::size_t kCount = 5'000'011;
  IntervalRow row;
  std::size_t told = 0, times = 0;
  const std::byte* end = nullptr;
  for (std::size_t at = 0; at < kCount; ++at) {
    row.add(static_cast<Time>(at) * 101, 97);
    const auto coming = row.coming()[0];
    ASSERT_EQ(row.at_border(), !coming.empty()) << at;
    if (coming.empty()) continue;
    if (++times > 1) {
      ASSERT_EQ(at * sizeof(std::uint32_t), told) << "no gap behind what was told before";
    }
    told = at * sizeof(std::uint32_t) + coming.size();
    // Of the memory that millions share.
    ASSERT_TRUE(end == nullptr || end == coming.data() || at % (std::size_t{1} << 22) == 0) << at;
    end = coming.data() + coming.size();
  }
  EXPECT_GT(times, 31U);
  EXPECT_GE(told, kCount * sizeof(std::uint32_t));
}

}  // namespace
}  // namespace loopscope::model
