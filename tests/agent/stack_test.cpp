// Stacks that are known again without being unwound: never another one's number.
#include <gtest/gtest.h>
#include <link.h>

#include <chrono>
#include <future>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "agent/stack/known_stacks.h"
#include "agent/stack/unwind.h"
#include "agent/write/memory_map.h"

extern "C" void* __libc_stack_end;

namespace loopscope {
namespace {

stack::StackRange main_stack() {
  const auto top = reinterpret_cast<std::uintptr_t>(__libc_stack_end);
  return {top - 8 * 1024 * 1024, top};
}

// Walks random ways down through functions of different frames, and asks at the bottom.
class Ways {
 public:
  explicit Ways(std::uint64_t seed) : random_(seed) { stack::prepare_unwinding(); }

  std::size_t found() const { return found_; }
  std::size_t wrong() const { return wrong_; }

  void walk(int depth) {
    way_.clear();
    down(depth);
  }

 private:
  void down(int depth) {
    if (depth == 0) return ask();
    const auto choice = random_() % 4;
    way_ += static_cast<char>('a' + choice);
    switch (choice) {
      case 0: return small(depth);
      case 1: return large(depth);
      case 2: return twice(depth);
      default: return skips(depth);
    }
  }
  [[gnu::noinline]] void small(int depth) {
    down(depth - 1);
    asm volatile("" ::: "memory");
  }
  // Leaves what earlier calls wrote in its frame.
  [[gnu::noinline]] void large(int depth) {
    char unused[256];
    asm volatile("" ::"r"(unused) : "memory");
    down(depth - 1);
    asm volatile("" ::"r"(unused) : "memory");
  }
  // Two places that call.
  [[gnu::noinline]] void twice(int depth) {
    if (random_() % 2 == 0) {
      way_ += '1';
      down(depth - 1);
      asm volatile("" ::: "memory");
    } else {
      way_ += '2';
      down(depth - 1);
      asm volatile("" ::: "rbx", "r12", "memory");
    }
  }
  [[gnu::noinline]] void skips(int depth) {
    down(depth > 1 ? depth - 2 : 0);
    asm volatile("" ::: "memory");
  }
  [[gnu::noinline]] void ask() {
    const stack::StackOwner owner{__builtin_frame_address(0), __builtin_return_address(0), 1};
    const std::uint32_t number = numbers_.try_emplace(way_, numbers_.size() + 1).first->second;
    const auto known = known_.find(owner, hint_);
    if (known.number == 0) {
      known_.remember(owner, main_stack(), 24, number);
    } else {
      ++found_;
      wrong_ += known.number != number;
    }
    asm volatile("" ::: "memory");
  }

  std::mt19937_64 random_;
  std::string way_;
  std::map<std::string, std::uint32_t> numbers_;
  stack::KnownStacks known_{};
  std::uint32_t hint_ = 0;
  std::size_t found_ = 0;
  std::size_t wrong_ = 0;
};

TEST(KnownStacks, AreNeverTakenForOneAnother) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Ways ways(seed);
    for (int i = 0; i < 2'000; ++i) ways.walk(4);
    EXPECT_GT(ways.found(), 100u) << "seed " << seed;
    EXPECT_EQ(ways.wrong(), 0u) << "seed " << seed;
  }
}

struct Asked {
  stack::KnownStacks known{};
  std::uint32_t hint = 0;

  [[gnu::noinline]] stack::KnownStacks::Known here(stack::StackRange range, bool remembers) {
    const stack::StackOwner owner{__builtin_frame_address(0), __builtin_return_address(0), 7};
    if (remembers) known.remember(owner, range, 24, 23);
    return known.find(owner, hint);
  }
};

TEST(KnownStacks, AreCheckedNowAndThenAndForgottenOnRequest) {
  ASSERT_TRUE(stack::prepare_unwinding());
  Asked asked;
  int checks = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto known = asked.here(main_stack(), i == 0);
    ASSERT_EQ(known.number, 23u) << i;
    checks += known.is_to_be_checked;
    if (i == 998) asked.known.forget(22);
  }
  EXPECT_GT(checks, 1);
  EXPECT_LT(checks, 10);
}

TEST(KnownStacks, OutsideOfTheThreadsOwnStackAreNotRemembered) {
  Asked asked;
  EXPECT_EQ(asked.here({}, true).number, 0u);
  const stack::StackRange whole = main_stack();
  EXPECT_EQ(asked.here({whole.bottom, whole.bottom + 4096}, true).number, 0u);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Code that was never unwound: libunwind has to look it up.
template <int number>
[[gnu::noinline]] std::uint32_t capture_in_new_code(std::uint64_t* frames) {
  bool truncated = false;
  const std::uint32_t count = stack::capture(__builtin_return_address(0), frames, 24, truncated);
  asm volatile("" ::"r"(frames[0] + number) : "memory");
  return count;
}

TEST(Stack, IsTakenWhileAnotherThreadHoldsTheLoadersLock) {
  ASSERT_TRUE(stack::prepare_unwinding());
  std::promise<void> locked, captured;
  std::thread holder([&] {
    struct Both {
      std::promise<void>& locked;
      std::future<void> captured;
      bool in_time = false;
    } both{locked, captured.get_future()};
    dl_iterate_phdr(
        [](dl_phdr_info*, std::size_t, void* to) {
          auto& shared = *static_cast<Both*>(to);
          shared.locked.set_value();
          shared.in_time = shared.captured.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
          return 1;
        },
        &both);
    EXPECT_TRUE(both.in_time) << "the stack waited for the lock";
  });
  locked.get_future().wait();
  std::uint64_t frames[24];
  EXPECT_GT(capture_in_new_code<101>(frames), 3u);
  captured.set_value();
  holder.join();
}
#endif

TEST(MemoryMap, SaysWhereAWritableMappingBegins) {
  const char* maps =
      "10000-20000 r-xp 00000000 fe:00 1 /bin/x\n"
      "30000-31000 ---p 00000000 00:00 0 \n"
      "31000-40000 rw-p 00000000 00:00 0 \n"
      "no line of a map\n"
      "50000-60000 rw-p 00000000 00:00 0 [stack]";
  EXPECT_EQ(write::beginning_of_mapping(maps, 0x3ff00), 0x31000u);
  EXPECT_EQ(write::beginning_of_mapping(maps, 0x55000), 0x50000u);
  EXPECT_EQ(write::beginning_of_mapping(maps, 0x15000), 0u);  // code
  EXPECT_EQ(write::beginning_of_mapping(maps, 0x45000), 0u);
  EXPECT_EQ(write::beginning_of_mapping("", 0x45000), 0u);
}

}  // namespace
}  // namespace loopscope
