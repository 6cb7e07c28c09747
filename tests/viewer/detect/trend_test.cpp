#include <vector>

#include <gtest/gtest.h>

#include "viewer/detect/trend.h"

namespace loopscope::detect {
namespace {

TEST(Trend, OfALineIsItsSlopeAndCertain) {
  std::vector<double> line;
  for (int step = 0; step < 31; ++step) line.push_back(7 + 3 * step);
  EXPECT_DOUBLE_EQ(theil_sen(line), 3);
  EXPECT_GT(mann_kendall(line), 7);
  for (double& value : line) value = -value;
  EXPECT_DOUBLE_EQ(theil_sen(line), -3);
  EXPECT_LT(mann_kendall(line), -7);
}

TEST(Trend, IgnoresOutliers) {
  std::vector<double> line;
  for (int step = 0; step < 31; ++step) line.push_back(2 * step);
  line[3] = 1e9;
  line[29] = -1e9;
  EXPECT_NEAR(theil_sen(line), 2, 0.01);
  EXPECT_GT(mann_kendall(line), 5);
}

TEST(Trend, IsNoneInAWobbleOrAConstant) {
  std::vector<double> wobble;
  for (int step = 0; step < 31; ++step) wobble.push_back(step % 2 ? 11 : 13);
  EXPECT_NEAR(theil_sen(wobble), 0, 0.1);
  EXPECT_LT(mann_kendall(wobble), 1);
  EXPECT_EQ(mann_kendall(std::vector<double>(31, 5.0)), 0);
  EXPECT_EQ(theil_sen(std::vector<double>(31, 5.0)), 0);
}

TEST(Trend, CountsRisesAgainstFalls) {
  // By hand: five pairs rise and one falls, so S = 4; the variance of four values is 4 * 3 * 13 / 18.
  EXPECT_NEAR(mann_kendall(std::vector<double>{10, 15, 14, 20}), 3 / 2.9439, 0.001);
}

TEST(Trend, NeedsSomethingToGoBy) {
  EXPECT_EQ(mann_kendall({}), 0);
  EXPECT_EQ(theil_sen({}), 0);
  EXPECT_EQ(theil_sen(std::vector<double>{7}), 0);
}

}  // namespace
}  // namespace loopscope::detect
