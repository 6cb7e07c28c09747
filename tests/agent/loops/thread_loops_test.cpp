// Which waits make a loop of a thread, wait by wait.
#include "agent/adapters/loops/thread_loops.h"

#include <gtest/gtest.h>

namespace loopscope::loops {
namespace {

// Places in a program, and how deep in the stack they are.
const void* const kLoop = reinterpret_cast<const void*>(0x401000);
const void* const kOther = reinterpret_cast<const void*>(0x402000);
const void* const kThird = reinterpret_cast<const void*>(0x403000);
constexpr uintptr_t kDeep = 0x7000, kMiddle = 0x8000, kShallow = 0x9000;

// A thread, where every new loop gets the next number.
struct Thread {
  // Its number; 0: none of a loop's.
  loopscope_loop wait(const void* caller, uintptr_t frame, Evidence evidence) {
    Place* place = loops.wait(caller, frame, evidence);
    left = loops.left();
    if (place == nullptr) return 0;
    if (place->loop == 0) place->loop = ++numbers;
    return place->loop;
  }

  ThreadLoops loops{};
  loopscope_loop numbers = 0;
  loopscope_loop left = 0;  // by the last wait
};

TEST(FoundLoop, BeginsWithTheFirstWaitForEpoll) {
  Thread thread;
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::strong), 1u);
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::strong), 1u);
}

TEST(FoundLoop, BeginsWithTheSecondWaitAtOnePlace) {
  Thread thread;
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::weak), 0u);
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::weak), 1u);
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::weak), 1u);
}

TEST(FoundLoop, ThatHasNoTimeToWaitIsOneAllTheSame) {
  Thread thread;
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::weak), 0u);
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::none), 1u) << "something was due already";
}

TEST(FoundLoop, IsNotMadeOfWaitsAtPlacesThatChange) {
  Thread thread;
  for (int i = 0; i < 23; ++i) {
    EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::weak), 0u);
    EXPECT_EQ(thread.wait(kOther, kMiddle, Evidence::weak), 0u);
  }
}

TEST(FoundLoop, IsNotMadeOfLooksThatDoNotWait) {
  Thread thread;
  for (int i = 0; i < 23; ++i) EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::none), 0u);
  thread.wait(kLoop, kMiddle, Evidence::strong);
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::none), 1u) << "it is one: this is its poll";
}

TEST(FoundLoop, IsBlockedByWhatWaitsDeeperInTheStack) {
  Thread thread;
  thread.wait(kLoop, kMiddle, Evidence::strong);
  EXPECT_EQ(thread.wait(kOther, kDeep, Evidence::weak), 0u);
  EXPECT_EQ(thread.wait(kThird, kDeep, Evidence::strong), 0u);
  EXPECT_EQ(thread.left, 0u);
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::strong), 1u);
}

TEST(FoundLoop, WaitsFromSeveralLinesOfOneFunction) {
  Thread thread;
  thread.wait(kLoop, kMiddle, Evidence::strong);
  EXPECT_EQ(thread.wait(kOther, kMiddle, Evidence::weak), 1u);
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::strong), 1u);
  EXPECT_EQ(thread.left, 0u);
}

TEST(FoundLoop, IsLeftForOneThatWaitsLessDeep) {
  Thread thread;
  thread.wait(kLoop, kDeep, Evidence::strong);
  EXPECT_EQ(thread.wait(kOther, kShallow, Evidence::strong), 2u);
  EXPECT_EQ(thread.left, 1u);
  EXPECT_EQ(thread.wait(kOther, kShallow, Evidence::strong), 2u);
  EXPECT_EQ(thread.left, 0u) << "once";
}

TEST(FoundLoop, IsLeftWhenAnotherPlaceWaitsManyTimesInARow) {
  Thread thread;
  thread.wait(kLoop, kMiddle, Evidence::strong);
  int before = 0;
  while (thread.wait(kOther, kDeep, Evidence::weak) == 0 && before < 101) ++before;
  EXPECT_GE(before, 3) << "a handler may ask a few times";
  EXPECT_LT(before, 23);
  EXPECT_EQ(thread.wait(kOther, kDeep, Evidence::weak), 2u);
}

TEST(FoundLoop, ThatComesBackWasNotLeft) {
  Thread thread;
  thread.wait(kLoop, kMiddle, Evidence::strong);
  for (int i = 0; i < 101; ++i) thread.wait(kOther, kDeep, Evidence::weak);
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::strong), 1u);
  for (int i = 0; i < 101; ++i) {
    EXPECT_EQ(thread.wait(kOther, kDeep, Evidence::weak), 0u) << "blocks the loop, as it did before";
  }
  EXPECT_EQ(thread.wait(kLoop, kMiddle, Evidence::strong), 1u);
}

TEST(FoundLoop, MovesInTheStackWithItsThread) {
  Thread thread;
  thread.wait(kLoop, kMiddle, Evidence::strong);
  EXPECT_EQ(thread.wait(kLoop, kDeep, Evidence::strong), 1u) << "an interpreter's is called at any depth";
  EXPECT_EQ(thread.wait(kLoop, kShallow, Evidence::strong), 1u);
  EXPECT_EQ(thread.wait(kOther, kMiddle, Evidence::weak), 0u);
}

TEST(FoundLoop, IsRememberedAmongManyPlaces) {
  Thread thread;
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(thread.wait(kLoop, kShallow, Evidence::strong), 1u);
    for (std::uintptr_t i = 0; i < 23; ++i) {
      EXPECT_EQ(thread.wait(reinterpret_cast<const void*>(0x500000 + i), kDeep, Evidence::weak), 0u);
    }
  }
}

}  // namespace
}  // namespace loopscope::loops
