// The tables behind the hook: places and frames, full and found again.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <loopscope/coroutine/live_frames.hpp>
#include <loopscope/coroutine/sites.hpp>
#include <loopscope/coroutine/type_name.hpp>

namespace {

using namespace loopscope::coroutines;

TEST(KnownSites, GiveAPlaceItsNumberAgainAlsoWhenTheTableIsFull) {
  std::vector<loopscope_site> first;
  constexpr std::uint32_t kPlaces = 5003;  // more than there is room for
  for (std::uint32_t line = 1; line <= kPlaces; ++line)
    first.push_back(await_site("Event", {"a.cpp", "f", line}));
  EXPECT_EQ(std::set<loopscope_site>(first.begin(), first.end()).size(), kPlaces);
  for (std::uint32_t line = 1; line <= kPlaces; ++line) {
    EXPECT_EQ(await_site("Event", {"a.cpp", "f", line}), first[line - 1]) << line;
  }
}

TEST(KnownSites, TellALibrarysOwnCoroutines) {
  EXPECT_TRUE(coroutine_site({"/usr/include/asio/impl/use_awaitable.hpp", "initiate", 7}).is_internal);
  EXPECT_TRUE(coroutine_site({"/usr/include/boost/asio/detail/x.hpp", "initiate", 7}).is_internal);
  EXPECT_FALSE(coroutine_site({"/home/me/fantasio/implement.cpp", "initiate", 7}).is_internal);
}

struct alignas(16) Frame {
  char bytes[96];
};

TEST(LiveFrames, AreFoundByTheirAddressUntilTheyAreForgotten) {
  std::vector<Frame> frames(1009);
  for (std::size_t i = 0; i < frames.size(); ++i) note_frame(&frames[i], i + 1);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(task_of_frame(reinterpret_cast<std::uintptr_t>(&frames[i])), i + 1);
    forget_frame(&frames[i], i + 1);
    EXPECT_EQ(task_of_frame(reinterpret_cast<std::uintptr_t>(&frames[i])), 0u);
  }
}

TEST(LiveFrames, ForgetTheOldestAndNeverTakeOneForAnother) {
  std::vector<Frame> frames(65'521);
  for (std::size_t i = 0; i < frames.size(); ++i) note_frame(&frames[i], i + 1);
  std::size_t found = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const loopscope_task task = task_of_frame(reinterpret_cast<std::uintptr_t>(&frames[i]));
    EXPECT_TRUE(task == 0 || task == i + 1) << i;
    found += task != 0;
  }
  EXPECT_GT(found, kFrameSets);
  EXPECT_EQ(task_of_frame(reinterpret_cast<std::uintptr_t>(&frames.back())), frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) forget_frame(&frames[i], i + 1);
}

TEST(LiveFrames, AreSeenInsideOfAnAwaiterByFrameAndByPromise) {
  Frame awaited, own;
  note_frame(&awaited, 23);
  note_frame(&own, 29);
  struct ByHandle {
    int other;
    void* frame;
  } by_handle{7, &awaited};
  struct ByPromise {
    void* promise;
  } by_promise{awaited.bytes + 16};
  struct ByBoth {
    void* waiter;
    void* frame;
  } by_both{&own, &awaited};
  EXPECT_EQ(task_inside(by_handle, 29), 23u);
  EXPECT_EQ(task_inside(by_promise, 29), 23u);
  EXPECT_EQ(task_inside(by_both, 29), 23u);
  EXPECT_EQ(task_inside(by_both, 23), 29u);
  EXPECT_EQ(task_inside(7, 29), 0u);
  forget_frame(&awaited, 23);
  EXPECT_EQ(task_inside(by_handle, 29), 0u);
  forget_frame(&own, 29);
}

template <class First, class Second>
struct Pair {};

TEST(TypeName, IsWhatTheCompilerCallsIt) {
  EXPECT_EQ(std::string(type_name<int>()), "int");
  const std::string pair = type_name<Pair<int, Pair<char, bool>>>();
  EXPECT_TRUE(pair.ends_with("Pair<int, {anonymous}::Pair<char, bool> >") ||
              pair.ends_with("Pair<int, (anonymous namespace)::Pair<char, bool>>"))
      << pair;
}

}  // namespace
