// Marks on the timeline.
#include "viewer/view/bookmarks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loopscope::view {
namespace {

TEST(Bookmarks, AreKeptInOrderAndTakenAwayByASecondMark) {
  Bookmarks marks;
  EXPECT_TRUE(marks.toggle(500, 10));
  EXPECT_TRUE(marks.toggle(200, 10));
  EXPECT_TRUE(marks.toggle(300, 10));
  EXPECT_THAT(marks.all(), ::testing::ElementsAre(200, 300, 500));
  EXPECT_FALSE(marks.toggle(307, 10));
  EXPECT_THAT(marks.all(), ::testing::ElementsAre(200, 500));
}

TEST(Bookmarks, LeadToTheOneBeforeAndTheOneBehind) {
  Bookmarks marks;
  EXPECT_FALSE(marks.behind(0));
  EXPECT_FALSE(marks.before(0));
  marks.toggle(200, 1);
  marks.toggle(500, 1);
  EXPECT_EQ(marks.behind(200), 500);
  EXPECT_EQ(marks.before(200), std::nullopt);
  EXPECT_EQ(marks.before(kNever), 500);
}

}  // namespace
}  // namespace loopscope::view
