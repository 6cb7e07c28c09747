// What chance makes of two measurements of the same.
#include "viewer/report/significance.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace loopscope::report {
namespace {

TEST(DeviationsOf, AreThoseOfTheNormalDistribution) {
  EXPECT_NEAR(deviations_of(0.05), 1.960, 0.001);
  EXPECT_NEAR(deviations_of(0.01), 2.576, 0.001);
  EXPECT_NEAR(deviations_of(0.0005), 3.481, 0.001);
}

TEST(RatesDiffer, ByTheExactTestForFewEvents) {
  // Two-sided, of a fair coin: 5 of 5 heads 0.0625, 6 of 6 0.031.
  EXPECT_FALSE(rates_differ({0, 1}, {5, 1}, 0.05));
  EXPECT_TRUE(rates_differ({0, 1}, {6, 1}, 0.05));
  EXPECT_FALSE(rates_differ({23, 1}, {31, 1}, 0.05));
  EXPECT_TRUE(rates_differ({23, 1}, {83, 1}, 0.001));
  EXPECT_FALSE(rates_differ({0, 1}, {0, 1}, 0.05));
}

TEST(RatesDiffer, ByTheTimeInWhichTheyWereCounted) {
  EXPECT_FALSE(rates_differ({101, 10}, {1009, 100}, 0.05));
  EXPECT_TRUE(rates_differ({101, 10}, {101, 100}, 0.05));
  EXPECT_FALSE(rates_differ({10007, 1}, {10103, 1}, 0.05));
  EXPECT_TRUE(rates_differ({10007, 1}, {11003, 1}, 0.05));
}

TEST(SumsDiffer, ByTheNumberOfTheirPieces) {
  EXPECT_FALSE(sums_differ({101, 101, 1}, {307, 307, 1}, 0.05)) << "one piece each";
  EXPECT_TRUE(sums_differ({101, 1, 1}, {307, 3, 1}, 0.05)) << "a hundred each";
}

TEST(QuantileBounds, HoldTheQuantileAndNeedEnoughSamples) {
  Histogram few;
  few.add(10 * kMillisecond, 101);
  EXPECT_TRUE(quantile_bounds(few, 0.5, 0.05).has_value());
  EXPECT_FALSE(quantile_bounds(few, 0.99, 0.05).has_value());
  Histogram uniform;
  for (Nanos at = 1; at <= 1000; ++at) uniform.add(at * kMillisecond);
  const auto bounds = quantile_bounds(uniform, 0.5, 0.05);
  ASSERT_TRUE(bounds.has_value());
  EXPECT_NEAR(to_ms(bounds->first), 469, 20) << "500 - 1.96 * 15.8, and a bucket of 3 %";
  EXPECT_NEAR(to_ms(bounds->second), 532, 20);
  EXPECT_TRUE(quantile_bounds(uniform, 0.99, 0.05).has_value());
}

TEST(IsShifted, TellsWhetherTheValuesTendToBeLarger) {
  EXPECT_TRUE(is_shifted(std::vector<double>{1, 2, 3, 4, 5}, std::vector<double>{6, 7, 8, 9, 10}, 0.05));
  EXPECT_FALSE(is_shifted(std::vector<double>{1, 3, 5, 7, 9}, std::vector<double>{2, 4, 6, 8, 10}, 0.05));
  EXPECT_FALSE(is_shifted(std::vector<double>{1}, std::vector<double>{1000}, 0.05))
      << "one of each tells nothing";
  EXPECT_FALSE(is_shifted(std::vector<double>(7, 3), std::vector<double>(11, 3), 0.05)) << "all are equal";
  EXPECT_FALSE(is_shifted({}, {}, 0.05));
}

TEST(RunsDiffer, ByStudentsT) {
  EXPECT_EQ(runs_differ(std::vector<double>{1}, std::vector<double>{2}), std::nullopt);
  EXPECT_EQ(runs_differ(std::vector<double>{10, 11, 12}, std::vector<double>{20, 21, 22}), true);
  EXPECT_EQ(runs_differ(std::vector<double>{10, 30, 20}, std::vector<double>{20, 41, 29}), false);
  EXPECT_EQ(runs_differ(std::vector<double>{7, 7}, std::vector<double>{7, 7}), false);
}

// What is the same differs by chance as often as was said, not more often.
TEST(Significance, IsRightAboutChance) {
  std::mt19937 random(97);
  std::poisson_distribution<int> events(53);
  std::exponential_distribution<double> lasts(1.0 / 1e6);
  int rates = 0;
  int quantiles = 0;
  int shifts = 0;
  constexpr int kTimes = 499;
  for (int time = 0; time < kTimes; ++time) {
    rates += rates_differ({static_cast<double>(events(random)), 1}, {static_cast<double>(events(random)), 1},
                          0.05);
    Histogram base;
    Histogram now;
    std::vector<double> few;
    std::vector<double> others;
    for (int sample = 0; sample < 101; ++sample) {
      base.add(static_cast<Nanos>(lasts(random)));
      now.add(static_cast<Nanos>(lasts(random)));
    }
    for (int sample = 0; sample < 11; ++sample) {
      few.push_back(lasts(random));
      others.push_back(lasts(random));
    }
    const auto before = quantile_bounds(base, 0.5, 0.05);
    const auto after = quantile_bounds(now, 0.5, 0.05);
    quantiles += before->second < after->first || after->second < before->first;
    shifts += is_shifted(few, others, 0.05);
  }
  EXPECT_LE(rates, kTimes * 8 / 100);
  EXPECT_LE(quantiles, kTimes * 8 / 100);
  EXPECT_LE(shifts, kTimes * 8 / 100);
}

}  // namespace
}  // namespace loopscope::report
