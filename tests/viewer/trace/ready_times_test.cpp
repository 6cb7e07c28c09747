#include "viewer/trace/ready_times.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace loopscope::trace {
namespace {

TEST(ReadyTimes, ForgetsWhatIsTaken) {
  ReadyTimes ready;
  EXPECT_EQ(ready.take(7), kNever);
  ready.set(7, 23, 0);
  ready.set(7, 29, 0);
  EXPECT_EQ(ready.take(7), 29);
  EXPECT_EQ(ready.take(7), kNever);
  EXPECT_EQ(ready.take(model::kNoTask), kNever);
}

TEST(ReadyTimes, RemembersLikeAMap) {
  ReadyTimes ready;
  std::map<model::TaskIndex, Time> expected;
  std::mt19937 random(17);
  for (Time at = 0; at < 200'003; ++at) {
    const auto task = static_cast<model::TaskIndex>(random() % 5003);
    if (random() % 2 == 0) {
      ready.set(task, at, 0);
      expected[task] = at;
    } else {
      const auto found = expected.find(task);
      ASSERT_EQ(ready.take(task), found == expected.end() ? kNever : found->second);
      if (found != expected.end()) expected.erase(found);
    }
  }
  for (const auto& [task, at] : expected) ASSERT_EQ(ready.take(task), at);
}

}  // namespace
}  // namespace loopscope::trace
