#include "viewer/base/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace loopscope {
namespace {

TEST(Histogram, OfNothingAnswersZero) {
  const Histogram none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.quantile(0.99), 0);
  EXPECT_EQ(none.max(), 0);
  EXPECT_EQ(none.mean(), 0);
  EXPECT_EQ(none.count_above(0), 0u);
}

TEST(Histogram, KeepsCountSumAndMaximumExactly) {
  Histogram histogram;
  for (Nanos duration = 1; duration <= 1009; ++duration) histogram.add(duration * 7);
  EXPECT_EQ(histogram.count(), 1009u);
  EXPECT_EQ(histogram.sum(), 7 * 1009 * 1010 / 2);
  EXPECT_EQ(histogram.max(), 7063);
  EXPECT_EQ(histogram.quantile(1), 7063);
}

TEST(Histogram, QuantilesAreWithinOnePart32AndNeverBelow) {
  std::mt19937_64 random(23);
  std::vector<Nanos> durations;
  Histogram histogram;
  for (int i = 0; i < 10007; ++i) {
    const auto duration = static_cast<Nanos>(random() >> (22 + random() % 40));
    durations.push_back(duration);
    histogram.add(duration);
  }
  std::sort(durations.begin(), durations.end());
  for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(durations.size()))) - 1;
    EXPECT_GE(histogram.quantile(q), durations[rank]) << q;
    EXPECT_LE(histogram.quantile(q), durations[rank] + durations[rank] / 32 + 1) << q;
  }
}

TEST(Histogram, CountsNegativeDurationsAsZero) {
  Histogram histogram;
  histogram.add(-5);
  EXPECT_EQ(histogram.count(), 1u);
  EXPECT_EQ(histogram.sum(), 0);
  EXPECT_EQ(histogram.quantile(1), 0);
}

TEST(Histogram, TakesTheLongestDurationThereIs) {
  Histogram histogram;
  histogram.add(std::numeric_limits<Nanos>::max());
  histogram.add(std::numeric_limits<Nanos>::max());
  EXPECT_EQ(histogram.max(), std::numeric_limits<Nanos>::max());
  EXPECT_EQ(histogram.sum(), std::numeric_limits<Nanos>::max());
  EXPECT_EQ(histogram.quantile(0.5), std::numeric_limits<Nanos>::max());
}

TEST(Histogram, AddingManyAtOnceIsAddingThemOneByOne) {
  Histogram at_once;
  Histogram one_by_one;
  at_once.add(101 * kMillisecond, 23);
  for (int i = 0; i < 23; ++i) one_by_one.add(101 * kMillisecond);
  EXPECT_EQ(at_once.count(), one_by_one.count());
  EXPECT_EQ(at_once.sum(), one_by_one.sum());
  EXPECT_EQ(at_once.quantile(0.5), one_by_one.quantile(0.5));
}

TEST(Histogram, MergedIsAsIfAddedToOne) {
  Histogram few;
  Histogram many;
  Histogram all;
  for (Nanos i = 0; i < 97; ++i) {
    (i % 3 == 0 ? few : many).add(i * i * i);
    all.add(i * i * i);
  }
  few.merge(many);
  EXPECT_EQ(few.count(), all.count());
  EXPECT_EQ(few.sum(), all.sum());
  EXPECT_EQ(few.max(), all.max());
  for (const double q : {0.1, 0.5, 0.9}) EXPECT_EQ(few.quantile(q), all.quantile(q)) << q;
}

TEST(Histogram, CountsWhatIsAboveALimit) {
  Histogram histogram;
  histogram.add(kMillisecond, 89);
  histogram.add(kSecond, 11);
  EXPECT_EQ(histogram.count_above(10 * kMillisecond), 11u);
  EXPECT_EQ(histogram.count_above(kMicrosecond), 100u);
  EXPECT_EQ(histogram.count_above(2 * kSecond), 0u);
}

}  // namespace
}  // namespace loopscope
