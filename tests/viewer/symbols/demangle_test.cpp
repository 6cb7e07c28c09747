#include "viewer/symbols/demangle.h"

#include <gtest/gtest.h>

#include <string>

namespace loopscope::symbols {
namespace {

TEST(Demangle, WritesCppNamesAsPeopleDo) {
  EXPECT_EQ(demangle("_ZN6orders5Queue4pushEi"), "orders::Queue::push(int)");
}

TEST(Demangle, LeavesOutTheReturnTypeOfTemplates) {
  EXPECT_EQ(demangle("_Z7genericIiEvT_"), "generic<int>(int)");
}

TEST(Demangle, LeavesOtherNamesAsTheyAre) {
  EXPECT_EQ(demangle("uv_timer_start"), "uv_timer_start");
  EXPECT_EQ(demangle("_Zwrong"), "_Zwrong");
  EXPECT_EQ(demangle("_Z"), "_Z");
  EXPECT_EQ(demangle(""), "");
}

TEST(Demangle, CutsEndlessNames) {
  std::string endless(23 * kMaxMangledBytes, 'x');
  EXPECT_EQ(demangle(endless.c_str()).size(), kMaxMangledBytes);
}

// pair<pair<pair<..>, pair<..>>, ..>: each step doubles the text, 2^33 times 23 bytes in all.
TEST(Demangle, StopsAtNamesThatMeanGigabytes) {
  std::string name = "_Z1fSt4pairIiiES_IS0_S0_E";
  const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (std::size_t i = 1; i < 33; ++i) {
    std::string previous = std::string("S") + digits[i] + "_";
    name += "S_I" + previous + previous + "E";
  }
  EXPECT_EQ(demangle(name.c_str()), name);
}

}  // namespace
}  // namespace loopscope::symbols
