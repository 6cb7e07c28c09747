#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "viewer/report/columns.h"

namespace loopscope::report {
namespace {

using ::testing::ElementsAre;

TEST(Columns, CountWideCharactersTwice) {
  EXPECT_EQ(columns_of(""), 0u);
  EXPECT_EQ(columns_of("timer.c"), 7u);
  EXPECT_EQ(columns_of("z\xc3\xbcrich"), 6u);
  EXPECT_EQ(columns_of("\xe6\xbc\xa2\xe5\xad\x97"), 4u);
  EXPECT_EQ(columns_of("\xf0\x9f\x94\xa5"), 2u);
}

TEST(Columns, ShortenInTheMiddle) {
  EXPECT_EQ(shorten_name("short", 5), "short");
  EXPECT_EQ(shorten_name("0123456789", 9), "012...789");
  EXPECT_EQ(shorten_name("0123456789", 4), "0...");
  EXPECT_EQ(shorten_name("0123456789", 2), "..");
  EXPECT_EQ(shorten_name("0123456789", 0), "");
}

TEST(Columns, KeepTheEndOfPaths) {
  EXPECT_EQ(shorten_path("/usr/src/nvim/event/loop.c:58", 20), "/usr...ent/loop.c:58");
}

TEST(Columns, NeverCutACharacterInTwo) {
  const std::string wide = "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2";
  for (std::size_t room = 0; room < 12; ++room) {
    const std::string shortened = shorten_name(wide, room);
    EXPECT_LE(columns_of(shortened), room);
    EXPECT_EQ(safe_text(shortened), shortened);
  }
}

TEST(Columns, WrapAtBlanksAndShortenLongWords) {
  EXPECT_THAT(wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("a 0123456789 b", 7), ElementsAre("a", "01...89", "b"));
  EXPECT_THAT(wrap("late by 1.29 s, once", 12), ElementsAre("late by", "1.29 s, once"));
  EXPECT_THAT(wrap("", 7), ElementsAre(""));
  EXPECT_THAT(wrap("  two   blanks ", 20), ElementsAre("two blanks"));
}

TEST(Columns, PadOnTheSideThatIsAskedFor) {
  EXPECT_EQ(left("ab", 4), "ab  ");
  EXPECT_EQ(right("ab", 4), "  ab");
  EXPECT_EQ(left("abcde", 4), "abcde");
}

TEST(Columns, MakeTextSafeForTerminals) {
  EXPECT_EQ(safe_text("a\033[31mb\n"), "a?[31mb?");
  EXPECT_EQ(safe_text("\xff"), "?");
  EXPECT_EQ(safe_text("\xe2\x80\xae"
                      "evil"),
            "?evil");
  EXPECT_EQ(safe_text("\xe6\xbc\xa2"), "\xe6\xbc\xa2");
}

}  // namespace
}  // namespace loopscope::report
