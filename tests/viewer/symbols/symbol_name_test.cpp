// What people call what linkers and compilers call otherwise.
#include "viewer/symbols/symbol_name.h"

#include <gtest/gtest.h>

namespace loopscope::symbols {
namespace {

TEST(SymbolName, IsDemangled) {
  EXPECT_EQ(symbol_name("_ZN6orders5Queue4pushEi"), "orders::Queue::push(int)");
  EXPECT_EQ(symbol_name("uv_run"), "uv_run");
}

TEST(SymbolName, HasNoVersion) {
  EXPECT_EQ(symbol_name("memcpy@@GLIBC_2.14"), "memcpy");
  EXPECT_EQ(symbol_name("memcpy@GLIBC_2.2.5"), "memcpy");
  EXPECT_EQ(symbol_name("@"), "@");
}

TEST(SymbolName, OfAPartOfAFunctionIsTheFunctions) {
  for (const char* part : {"_ZN5Queue4pushEi.cold", "_ZN5Queue4pushEi.part.0", "_ZN5Queue4pushEi.isra.0",
                           "_ZN5Queue4pushEi.constprop.0.isra.0.cold", "_ZN5Queue4pushEi.lto_priv.13",
                           "_ZN5Queue4pushEi.llvm.11843217"}) {
    EXPECT_EQ(symbol_name(part), "Queue::push(int)") << part;
  }
  EXPECT_EQ(symbol_name("push.part.7.cold"), "push");
}

TEST(SymbolName, KeepsDotsThatOthersPutThere) {
  EXPECT_EQ(symbol_name("main.main"), "main.main");
  EXPECT_EQ(symbol_name("sort.1"), "sort.1");
  EXPECT_EQ(symbol_name("memcpy.avx2"), "memcpy.avx2");
  EXPECT_EQ(symbol_name(".cold"), ".cold");
  EXPECT_EQ(symbol_name(".part.0"), ".part.0");
}

TEST(SymbolName, OfAResumedCoroutineIsTheCoroutines) {
  EXPECT_EQ(symbol_name("_ZN6orders1Q5fetchEPZNS0_5fetchEiE26_ZN6orders1Q5fetchEi.Frame.actor"),
            "orders::Q::fetch(int)");
  EXPECT_EQ(symbol_name("_ZN6orders1Q5fetchEi.resume"), "orders::Q::fetch(int)");
}

TEST(SymbolName, SaysWhereACoroutineIsDestroyed) {
  EXPECT_EQ(symbol_name("_ZN6orders1Q5fetchEPZNS0_5fetchEiE26_ZN6orders1Q5fetchEi.Frame.destroy"),
            "orders::Q::fetch(int) [clone .destroy]");
  EXPECT_EQ(symbol_name("_ZN6orders1Q5fetchEi.destroy"), "orders::Q::fetch(int) [clone .destroy]");
}

TEST(SymbolName, OfSomethingLikeACoroutineIsWhatItSays) {
  EXPECT_EQ(symbol_name("wheel.Frame.actor"), "wheel.Frame.actor");
  EXPECT_EQ(symbol_name("x99_Z5fetchi.Frame.actor"), "x99_Z5fetchi.Frame.actor");
}

TEST(SymbolName, OfNothingIsNothing) { EXPECT_EQ(symbol_name(""), ""); }

}  // namespace
}  // namespace loopscope::symbols
