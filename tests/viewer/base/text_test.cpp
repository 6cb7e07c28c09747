#include "viewer/base/text.h"

#include <gtest/gtest.h>

namespace loopscope {
namespace {

TEST(DurationText, HasThreeDigitsAndTheUnitThatFits) {
  EXPECT_EQ(duration_text(0), "0 ns");
  EXPECT_EQ(duration_text(999), "999 ns");
  EXPECT_EQ(duration_text(1'000), "1.00 us");
  EXPECT_EQ(duration_text(12'345), "12.3 us");
  EXPECT_EQ(duration_text(12'345'678), "12.3 ms");
  EXPECT_EQ(duration_text(101 * kMillisecond), "101 ms");
  EXPECT_EQ(duration_text(1'010 * kMillisecond), "1.01 s");
}

TEST(DurationText, MovesToTheNextUnitRatherThanRoundingTo1000) {
  EXPECT_EQ(duration_text(999'499), "999 us");
  EXPECT_EQ(duration_text(999'600), "1.00 ms");
  EXPECT_EQ(duration_text(9'996'000), "10.0 ms");
}

TEST(DurationText, ReadsLikeAClockAboveAMinute) {
  EXPECT_EQ(duration_text(59 * kSecond), "59.0 s");
  EXPECT_EQ(duration_text(60 * kSecond), "1 min");
  EXPECT_EQ(duration_text(125 * kSecond), "2 min 5 s");
  EXPECT_EQ(duration_text(3600 * kSecond), "1 h");
  EXPECT_EQ(duration_text((3 * 3600 + 7 * 60) * kSecond), "3 h 7 min");
}

TEST(DurationText, KnowsNegativeOnesAndNever) {
  EXPECT_EQ(duration_text(-12'345'678), "-12.3 ms");
  EXPECT_EQ(duration_text(kNever), "never");
  EXPECT_FALSE(duration_text(INT64_MIN).empty());
}

TEST(CountText, SeparatesThousands) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'234), "1,234");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
}

TEST(BytesText, CountsInPowersOf1000) {
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(12'345), "12.3 kB");
  EXPECT_EQ(bytes_text(1'200'000'000), "1.20 GB");
}

TEST(PercentText, DoesNotCallSomethingNothing) {
  EXPECT_EQ(percent_text(0), "0 %");
  EXPECT_EQ(percent_text(0.0001), "<0.1 %");
  EXPECT_EQ(percent_text(0.123), "12.3 %");
  EXPECT_EQ(percent_text(1), "100 %");
}

TEST(PluralText, AgreesWithItsNumber) {
  EXPECT_EQ(plural_text(1, "task", "tasks"), "1 task");
  EXPECT_EQ(plural_text(2003, "task", "tasks"), "2,003 tasks");
}

TEST(PrintableText, LeavesUtf8AndDropsWhatSteersATerminal) {
  EXPECT_EQ(printable_text("caf\xc3\xa9 /usr/bin"), "caf\xc3\xa9 /usr/bin");
  EXPECT_EQ(printable_text("\x1b[31mred\n"), "?[31mred?");
  EXPECT_EQ(printable_text("\xc2\x9b"
                           "31m"),
            "?31m");
  EXPECT_EQ(printable_text("cut \xc3"), "cut ?");
  EXPECT_EQ(printable_text("\xc0\xaf"), "??");
}

TEST(BaseName, IsWhatFollowsTheLastSlash) {
  EXPECT_EQ(base_name("/tmp/trace.pb"), "trace.pb");
  EXPECT_EQ(base_name("trace.pb"), "trace.pb");
  EXPECT_EQ(base_name("/tmp/"), "");
}

TEST(LowerCase, LeavesOtherAlphabetsAndBrokenOnesAlone) {
  EXPECT_EQ(lower_case("uv_FS"), "uv_fs");
  EXPECT_EQ(lower_case("\xc3\x84Q\xff"), "\xc3\x84q\xff");
}

}  // namespace
}  // namespace loopscope
