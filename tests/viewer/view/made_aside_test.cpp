// What is made on a thread of its own: who waits for whom, and what becomes of what nobody wants any more.
#include "viewer/view/made_aside.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace loopscope::view {
namespace {

using Aside = MadeAside<int>;

Aside::Make making(int number) {
  return [number](const std::stop_token&) { return number; };
}

TEST(MadeAside, IsThereOnceItIsMade) {
  std::latch woken(1);
  Aside aside([&woken] { woken.count_down(); });
  EXPECT_EQ(aside.latest({"a.pb", 1}, making(23)), nullptr);
  woken.wait();
  const auto made = aside.latest({"a.pb", 1}, making(7));
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(*made, 23) << "made once a generation";
}

TEST(MadeAside, IsShownWhileALaterGenerationIsMade) {
  std::latch go(1);
  Aside aside;
  ASSERT_EQ(*aside.now({"a.pb", 1}, making(23)), 23);
  const Aside::Make slow = [&go](const std::stop_token&) {
    go.wait();
    return 29;
  };
  const auto shown = aside.latest({"a.pb", 2}, slow);
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(*shown, 23);
  EXPECT_EQ(aside.made_of()->generation, 1u);
  go.count_down();
  EXPECT_EQ(*aside.now({"a.pb", 2}, slow), 29);
}

TEST(MadeAside, IsFinishedForATraceThatHasGrownMeanwhile) {
  std::latch go(1);
  std::atomic<bool> told_to_stop{false};
  Aside aside;
  aside.latest({"a.pb", 1}, [&](const std::stop_token& stop) {
    go.wait();
    told_to_stop = stop.stop_requested();
    return 23;
  });
  EXPECT_EQ(aside.latest({"a.pb", 2}, making(29)), nullptr);
  go.count_down();
  EXPECT_EQ(*aside.now({"a.pb", 2}, making(29)), 29);
  EXPECT_FALSE(told_to_stop);
}

TEST(MadeAside, IsGivenUpForAnotherTrace) {
  Aside aside;
  aside.latest({"a.pb", 1}, [](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
    return 23;
  });
  EXPECT_EQ(aside.latest({"b.pb", 2}, making(29)), nullptr);
  EXPECT_EQ(*aside.now({"b.pb", 2}, making(29)), 29);
}

TEST(MadeAside, OfAnotherTraceIsNotShown) {
  Aside aside;
  ASSERT_EQ(*aside.now({"a.pb", 1}, making(23)), 23);
  EXPECT_EQ(aside.latest({"b.pb", 2}, making(29)), nullptr);
}

TEST(MadeAside, IsToldToStopWhenNobodyIsLeft) {
  std::atomic<bool> stopped{false};
  {
    Aside aside;
    aside.latest({"a.pb", 1}, [&stopped](const std::stop_token& stop) {
      while (!stop.stop_requested()) std::this_thread::yield();
      stopped = true;
      return 23;
    });
  }
  EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace loopscope::view
