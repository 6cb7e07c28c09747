// Stacks of one thread that were unwound before, known again by what stands in their places: the stack is the same
// if every return address still is where it was. Needs neither unwinding nor frame pointers: a call has its
// caller's return address at a distance that the code alone decides (alloca excepted, which is why now and then
// one is unwound again), so the first address that agrees proves where the next one is. Some 10 ns for 16 frames.
// By the thread itself, without allocation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace loopscope::stack {

// What is certainly the calling thread's stack: memory from `bottom` to `top`.
struct StackRange {
  std::uintptr_t bottom = 0;
  std::uintptr_t top = 0;
};

// Whose stack: of the function that asks, as called from `caller`, for a site.
struct StackOwner {
  const void* frame;
  const void* caller;
  std::uint32_t site;
  bool operator==(const StackOwner&) const = default;
};

class KnownStacks {
 public:
  static constexpr std::size_t kMostPlaces = 40;

  struct Known {
    std::uint32_t number;  // 0: it is none of the known ones
    bool is_to_be_checked;
  };
  // `hint`: which one it was the last time, for this owner's caller; is kept up to date.
  Known find(const StackOwner& owner, std::uint32_t& hint);

  // The present stack has this number (not 0). Unwinds it by steps: some 10 us. Does nothing where that fails or the
  // stack is not all in `range`.
  void remember(const StackOwner& owner, StackRange range, std::uint32_t max_frames, std::uint32_t number);

  void forget(std::uint32_t number);
  void forget_all();

 private:
  struct Stack {
    StackOwner owner;
    std::uint32_t number;  // 0: none
    std::uint32_t times;
    std::uint32_t count;
    std::uint32_t telling;  // which address tells it from another one of its owner
    std::uint64_t addresses[kMostPlaces];
    std::uint32_t places[kMostPlaces];  // words above the frame
  };
  // Several of one owner: a function is reached in more than one way.
  static constexpr std::size_t kSets = 16;
  static constexpr std::size_t kWays = 4;

  using Set = Stack[kWays];
  Set& set_of(const StackOwner& owner);
  static std::size_t set_number(const StackOwner& owner);
  static bool is_present(const Stack& stack, const void* frame);

  Stack stacks_[kSets][kWays];
  std::uint32_t next_way_ = 0;
};

}  // namespace loopscope::stack
