// A few letters find a command.
#include "viewer/view/palette.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loopscope::view {
namespace {

TEST(Palette, FindsWhatHasTheLettersInOrder) {
  EXPECT_GE(match_score("nst", "Next stall"), 0);
  EXPECT_GE(match_score("NEXT", "next stall"), 0);
  EXPECT_LT(match_score("tsn", "Next stall"), 0);
  EXPECT_LT(match_score("next stalls", "Next stall"), 0);
}

TEST(Palette, FindsALetterInTheMiddleIfTheRestIsNotBehindTheBeginningOfAWord) {
  EXPECT_GE(match_score("xab", "xa b a"), 0);
}

TEST(Palette, PutsBeginningsOfWordsFirst) {
  const std::vector<std::string> names{"Best calls", "Show all", "Save a picture of the window",
                                       "Next stall"};
  EXPECT_EQ(matching("sa", names), (std::vector<std::size_t>{1, 2, 3, 0}));
}

TEST(Palette, KeepsTheOrderOfEqualOnesAndShowsAllAtFirst) {
  const std::vector<std::string> names{"Show Tasks", "Show Task", "Show Map"};
  EXPECT_EQ(matching("", names), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(matching("show", names), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_TRUE(matching("zzz", names).empty());
}

}  // namespace
}  // namespace loopscope::view
