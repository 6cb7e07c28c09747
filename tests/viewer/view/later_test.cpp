#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "viewer/view/later.h"

namespace loopscope::view {
namespace {

TEST(Later, HasAtOnceWhatIsLittleWork) {
  Later<int> later;
  later.start([](const std::stop_token&) { return 23; }, {}, true);
  EXPECT_FALSE(later.under_way());
  ASSERT_NE(later.value(), nullptr);
  EXPECT_EQ(*later.value(), 23);
}

TEST(Later, KeepsTheOldValueUntilTheNewOneIsTaken) {
  Later<int> later;
  later.start([](const std::stop_token&) { return 23; }, {}, true);
  std::promise<void> go_on;
  std::promise<void> there;
  later.start(
      [&](const std::stop_token&) {
        go_on.get_future().wait();
        return 29;
      },
      [&] { there.set_value(); }, false);
  EXPECT_FALSE(later.take());
  EXPECT_TRUE(later.under_way());
  EXPECT_EQ(*later.value(), 23);
  go_on.set_value();
  there.get_future().wait();
  EXPECT_EQ(*later.value(), 23);
  EXPECT_TRUE(later.take());
  EXPECT_EQ(*later.value(), 29);
  EXPECT_FALSE(later.take()) << "it came once";
}

TEST(Later, WhatWasGivenUpNeverComes) {
  Later<int> later;
  std::promise<void> begun;
  bool woken = false;
  later.start(
      [&](const std::stop_token& stop) {
        begun.set_value();
        while (!stop.stop_requested()) std::this_thread::yield();
        return 31;
      },
      [&] { woken = true; }, false);
  begun.get_future().wait();
  later.cancel();
  EXPECT_FALSE(woken);
  EXPECT_FALSE(later.take());
  EXPECT_EQ(later.value(), nullptr);
}

}  // namespace
}  // namespace loopscope::view
