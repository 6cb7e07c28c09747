#include "viewer/trace/trace_clock.h"

#include <gtest/gtest.h>

namespace loopscope::trace {
namespace {

TEST(TraceClock, CountsFromItsFirstAnchor) {
  TraceClock clock;
  clock.add_anchor(3'000'000, 77 * kSecond);
  clock.add_anchor(6'000'000'000, 79 * kSecond);
  clock.finish(0);
  EXPECT_EQ(clock.at(3'000'000), 0);
  EXPECT_EQ(clock.at(6'000'000'000), 2 * kSecond);
}

TEST(TraceClock, BendsAtEveryAnchor) {
  TraceClock clock;
  clock.add_anchor(0, 0);
  clock.add_anchor(1'000'000'000, kSecond);      // 1 ns a tick
  clock.add_anchor(2'000'000'000, 3 * kSecond);  // 2 ns a tick
  clock.finish(0);
  TraceClock::Segment segment;
  EXPECT_EQ(clock.at(500'000'000, segment), kSecond / 2);
  EXPECT_EQ(clock.at(1'500'000'000, segment), 2 * kSecond);
  EXPECT_EQ(clock.at(2'500'000'000, segment), 4 * kSecond);
  EXPECT_EQ(clock.at(250'000'000, segment), kSecond / 4);
}

TEST(TraceClock, UsesTheNominalRateUntilThereAreTwoAnchors) {
  TraceClock clock;
  clock.add_anchor(1'000, 5'000);
  clock.finish(2'000'000'000);
  EXPECT_EQ(clock.at(2'001'000), kMillisecond);
}

TEST(TraceClock, DoesNotTakeARateFromAnchorsSideBySide) {
  TraceClock clock;
  clock.add_anchor(0, 0);
  clock.add_anchor(1'000'000'000, kSecond);
  clock.add_anchor(1'000'000'100, kSecond + 900);  // the reading took its time
  clock.finish(0);
  EXPECT_EQ(clock.at(2'000'000'000), 2 * kSecond);
}

TEST(TraceClock, NeverRunsBackwardsWhateverTheTicks) {
  TraceClock clock;
  clock.add_anchor(1'000, 0);
  clock.add_anchor(1'000'000'000, UINT64_MAX / 3);
  clock.add_anchor(5, 17);
  clock.finish(1);
  Time before = clock.at(1'000);
  for (const std::uint64_t ticks : {2'000ULL, 1'000'000'000ULL, 1ULL << 40, 1ULL << 62}) {
    EXPECT_GE(clock.at(ticks), before);
    before = clock.at(ticks);
  }
  EXPECT_LT(before, kNever / 4);
}

}  // namespace
}  // namespace loopscope::trace
