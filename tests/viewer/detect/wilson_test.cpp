#include <gtest/gtest.h>

#include "viewer/detect/wilson.h"

namespace loopscope::detect {
namespace {

TEST(WilsonInterval, IsThePublishedOne) {
  // R: binom::binom.wilson(5, 10) and (0, 20).
  const Interval half = wilson_interval(50, 10);
  EXPECT_NEAR(half.low, 23.66, 0.01);
  EXPECT_NEAR(half.high, 76.34, 0.01);
  const Interval none = wilson_interval(0, 20);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 16.11, 0.01);
}

TEST(WilsonInterval, GetsNarrowerWithMoreSamples) {
  const Interval few = wilson_interval(80, 11);
  const Interval many = wilson_interval(80, 1009);
  EXPECT_LT(few.low, many.low);
  EXPECT_GT(few.high, many.high);
  EXPECT_LT(many.low, 80);
  EXPECT_GT(many.high, 80);
}

TEST(WilsonInterval, IsEverythingWithoutSamples) {
  EXPECT_EQ(wilson_interval(80, 0).low, 0);
  EXPECT_EQ(wilson_interval(80, 0).high, 100);
  EXPECT_EQ(wilson_interval(100, 3).high, 100);
}

}  // namespace
}  // namespace loopscope::detect
