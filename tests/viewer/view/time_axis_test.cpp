// Time over pixels, from years to nanoseconds.
#include "viewer/view/time_axis.h"

#include <gtest/gtest.h>

#include <limits>

namespace loopscope::view {
namespace {

constexpr Nanos kYear = 365LL * 24 * 3600 * kSecond;

TEST(TimeAxis, FindsBackTheInstantUnderAPixelToThePixel) {
  for (const Nanos length :
       {Nanos{100}, 7 * kMicrosecond, 31 * kMillisecond, 10 * 3600 * kSecond, 50 * kYear}) {
    const Time from = 3 * kYear + 17;
    const TimeAxis axis({from, from + length}, 1280);
    for (const float x : {0.0F, 1.0F, 639.5F, 1279.0F}) {
      EXPECT_NEAR(axis.x(axis.time(x)), x, 1.0F + 1280.0F / static_cast<float>(length)) << length;
    }
  }
}

TEST(TimeAxis, ShowsSingleNanosecondsFarFromTheBeginning) {
  const Time from = kYear;
  const TimeAxis axis({from, from + 128}, 1280);
  EXPECT_FLOAT_EQ(axis.x(from + 1) - axis.x(from), 10);
  EXPECT_EQ(axis.time(10), from + 1);
}

TEST(TimeAxis, KeepsInstantsFarOutsideAtABoundedDistance) {
  const TimeAxis axis({0, kMillisecond}, 1000);
  EXPECT_LE(axis.x(kNever), 17'000.0F);
  EXPECT_GE(axis.x(std::numeric_limits<Time>::min()), -16'000.0F);
}

TEST(TimeAxis, MarksRoundInstantsThatDoNotCrowd) {
  const Time begin = 12'345;
  const TimeAxis axis({begin + 230 * kMillisecond, begin + 730 * kMillisecond}, 1000);
  const auto marks = axis.marks(begin, 90);
  std::vector<std::string> labels;
  float last = -1000;
  for (const auto& mark : marks) {
    if (mark.label.empty()) continue;
    EXPECT_GE(mark.x - last, 90);
    last = mark.x;
    labels.push_back(mark.label);
  }
  EXPECT_EQ(labels, (std::vector<std::string>{"250 ms", "300 ms", "350 ms", "400 ms", "450 ms", "500 ms",
                                              "550 ms", "600 ms", "650 ms", "700 ms"}));
}

TEST(TimeAxis, MarksAnyStretchWithAFewMarks) {
  for (const Nanos length :
       {Nanos{1}, Nanos{20}, kMicrosecond, kSecond, kYear, std::numeric_limits<Nanos>::max()}) {
    for (const Time from : {Time{0}, -kSecond, std::numeric_limits<Time>::max() - length}) {
      const TimeAxis axis({from, add_saturating(from, length)}, 1280);
      EXPECT_LE(axis.marks(0, 100).size(), 80u) << length << " from " << from;
    }
  }
}

TEST(Zooming, KeepsWhatIsUnderThePointerWhereItIs) {
  const TimeRange before{1000, 9000};
  const TimeRange after = zoomed(before, 3000, 0.5);
  EXPECT_EQ(after, (TimeRange{2000, 6000}));
  EXPECT_EQ(zoomed(after, 3000, 2), before);
}

TEST(Zooming, NeverTurnsAStretchOver) {
  TimeRange range{0, kYear};
  for (int i = 0; i < 500; ++i) range = zoomed(range, range.from + range.length() / 3, 0.8);
  EXPECT_GE(range.length(), 1);
  for (int i = 0; i < 500; ++i) range = zoomed(range, range.from, 1.25);
  EXPECT_GT(range.length(), kYear);
}

TEST(Instants, HaveTheDigitsThatTheStepTellsApart) {
  EXPECT_EQ(instant_text(0, kMillisecond), "0 s");
  EXPECT_EQ(instant_text(1'204'350'000, 10 * kMicrosecond), "1204.35 ms");
  EXPECT_EQ(instant_text(1'204'350'000, 100 * kMicrosecond), "1.2044 s");
  EXPECT_EQ(instant_text(3600 * kSecond, kSecond), "3600 s");
  EXPECT_EQ(instant_text(17, 1), "17 ns");
  EXPECT_EQ(instant_text(-250 * kMillisecond, 10 * kMillisecond), "-250 ms");
}

}  // namespace
}  // namespace loopscope::view
