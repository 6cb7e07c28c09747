// Libraries that have no file of their own say whose loops are whose.
#include <gtest/gtest.h>

#include "agent/loop_kind.h"

namespace {

bool g_first_runs, g_second_runs;
int first_runs() { return g_first_runs; }
int second_runs() { return g_second_runs; }

template <int number>
int never_runs() {
  return 0;
}

class LoopKind : public testing::Test {
 protected:
  void SetUp() override {
    g_first_runs = g_second_runs = false;
    ASSERT_EQ(loopscope_loop_kind("first", first_runs), LOOPSCOPE_OK);
    ASSERT_EQ(loopscope_loop_kind("second", second_runs), LOOPSCOPE_OK);
  }
  void TearDown() override {
    EXPECT_EQ(loopscope_loop_kind(nullptr, first_runs), LOOPSCOPE_OK);
    EXPECT_EQ(loopscope_loop_kind(nullptr, second_runs), LOOPSCOPE_OK);
    g_first_runs = g_second_runs = true;
    EXPECT_EQ(loopscope_internal_loop_kind(), nullptr);
  }
};

TEST_F(LoopKind, IsOfTheLibraryThatRunsOnTheThread) {
  EXPECT_EQ(loopscope_internal_loop_kind(), nullptr);
  g_second_runs = true;
  EXPECT_STREQ(loopscope_internal_loop_kind(), "second");
  g_second_runs = false;
  g_first_runs = true;
  EXPECT_STREQ(loopscope_internal_loop_kind(), "first");
}

TEST_F(LoopKind, IsForgottenWithTheFunctionThatKnowsIt) {
  g_first_runs = true;
  EXPECT_EQ(loopscope_loop_kind(nullptr, first_runs), LOOPSCOPE_OK);
  EXPECT_EQ(loopscope_internal_loop_kind(), nullptr);
  EXPECT_EQ(loopscope_loop_kind(nullptr, first_runs), LOOPSCOPE_OK);  // twice does no harm
}

TEST_F(LoopKind, SaidTwiceTakesOnePlace) {
  for (int i = 0; i < 101; ++i) EXPECT_EQ(loopscope_loop_kind("first", first_runs), LOOPSCOPE_OK);
}

template <int... numbers>
void fill(std::integer_sequence<int, numbers...>) {
  EXPECT_EQ(((loopscope_loop_kind("never", never_runs<numbers>) == LOOPSCOPE_OK) + ...), 14);
  EXPECT_EQ(loopscope_loop_kind("never", never_runs<99>), LOOPSCOPE_ENOMEM);
  g_second_runs = true;
  EXPECT_STREQ(loopscope_internal_loop_kind(), "second");
  ((void)loopscope_loop_kind(nullptr, never_runs<numbers>), ...);
}

TEST_F(LoopKind, IsRefusedWhereThereIsNoRoomForIt) { fill(std::make_integer_sequence<int, 17>()); }

TEST_F(LoopKind, NeedsAFunctionThatKnows) {
  EXPECT_EQ(loopscope_loop_kind("none", nullptr), LOOPSCOPE_EINVAL);
}

}  // namespace
