// What is known of one recorded coroutine, as it stands in its frame behind the promise. Written by Frame on the thread
// that has the coroutine in hand; read by the agent in a copy of the process, which finds it by its mark. The layout is
// a promise between a program and a later agent: bits are only ever taken from those that are free.
#pragma once

#include <cstdint>

namespace loopscope::coroutines {

// The frame's address, so that the record says by itself whose it is and bytes that were copied elsewhere say it of
// nobody; changed by a constant, so that it is not taken for a pointer to the frame.
struct FrameMark {
  static constexpr std::uint64_t kMask = (std::uint64_t{1} << 48) - 1;
  static constexpr std::uint64_t kKey = 0x2c6f'6f70'53c9;

  static std::uint64_t of(const void* frame) {
    return (reinterpret_cast<std::uintptr_t>(frame) ^ kKey) & kMask;
  }
  static std::uint64_t frame(std::uint64_t mark) { return (mark ^ kKey) & kMask; }
};

struct FrameRecord {
  std::uint64_t task : 40 = 0;
  std::uint64_t is_running : 1 = 0;
  std::uint64_t has_begun : 1 = 0;
  std::uint64_t is_finished : 1 = 0;
  std::uint64_t is_internal : 1 = 0;
  std::uint64_t waiter_high : 16 = 0;
  std::uint64_t : 4;
  // One word, by which it is found. 0: not recorded, or destroyed.
  std::uint64_t mark : 48 = 0;
  std::uint64_t recording : 16 = 0;  // the one that the task is of
  std::uint64_t awaited : 40 = 0;
  std::uint64_t waiter_low : 24 = 0;  // whose wait for this one ends with it

  std::uint64_t waiter() const { return std::uint64_t{waiter_high} << 24 | waiter_low; }
  void set_waiter(std::uint64_t waiter) {
    waiter_high = waiter >> 24 & 0xffff;
    waiter_low = waiter & 0xffffff;
  }
};
static_assert(sizeof(FrameRecord) == 24);

}  // namespace loopscope::coroutines
