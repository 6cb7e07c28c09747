// Which task a coroutine frame is, by the frame's address: how an await finds out whom it waits for, from the handle
// inside of what it awaits. Any thread, no lock. A table that forgets: four frames of a set of addresses, the latest
// ones; an await of a frame that is not there any more has no known end, and nothing else goes wrong.
#pragma once

#include <loopscope/loopscope.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace loopscope::coroutines {

// Frames are aligned to 16 bytes. Of the address above that, 12 bits choose the set and 23 stand in the entry beside
// the task's 40: two frames are taken for one another only if they are half a terabyte apart. The last bit: somebody met
// it when it was over.
inline constexpr std::size_t kFrameSets = 4096;
inline constexpr std::size_t kFramesOfSet = 4;
inline constexpr unsigned kTaskBits = 40;
inline constexpr std::uint64_t kTaskMask = (std::uint64_t{1} << kTaskBits) - 1;
inline constexpr std::uint64_t kWasMet = std::uint64_t{1} << 63;

struct alignas(32) FrameSet {
  std::atomic<std::uint64_t> frames[kFramesOfSet];
};
inline FrameSet g_live_frames[kFrameSets];

struct FrameKey {
  std::size_t set;
  std::uint64_t tag;  // in place, above the task

  static FrameKey of(std::uintptr_t frame) {
    const std::uint64_t block = frame >> 4;
    const std::uint64_t tag = block >> 12 & 0x7fffff;
    return {(block ^ tag ^ tag >> 12) % kFrameSets, tag << kTaskBits};
  }
  bool is(std::uint64_t entry) const { return entry != 0 && (entry & ~(kTaskMask | kWasMet)) == tag; }
};

inline void note_frame(const void* frame, loopscope_task task) {
  const FrameKey key = FrameKey::of(reinterpret_cast<std::uintptr_t>(frame));
  FrameSet& set = g_live_frames[key.set];
  // Threads that come at the same time may take the same entry: one of the two frames is forgotten.
  std::size_t at = task % kFramesOfSet;
  for (std::size_t i = 0; i < kFramesOfSet; ++i) {
    const std::uint64_t entry = set.frames[i].load(std::memory_order_relaxed);
    if (entry == 0 || key.is(entry)) {
      at = i;
      break;
    }
  }
  set.frames[at].store(key.tag | (task & kTaskMask), std::memory_order_relaxed);
}

inline void forget_frame(const void* frame, loopscope_task task) {
  const FrameKey key = FrameKey::of(reinterpret_cast<std::uintptr_t>(frame));
  for (std::atomic<std::uint64_t>& entry : g_live_frames[key.set].frames) {
    if ((entry.load(std::memory_order_relaxed) & ~kWasMet) == (key.tag | (task & kTaskMask))) {
      entry.store(0, std::memory_order_relaxed);
    }
  }
}

// Anybody; or one that nobody met yet, who is met thereby.
enum class Sought { any, unmet };

// 0: no frame that is known, or not one that is sought, or the waiter's own.
template <Sought kSought = Sought::any>
inline loopscope_task task_of_frame(std::uintptr_t frame, loopscope_task waiter = 0) {
  if (frame == 0 || frame % 16 != 0) return 0;
  const FrameKey key = FrameKey::of(frame);
  for (std::atomic<std::uint64_t>& known : g_live_frames[key.set].frames) {
    std::uint64_t entry = known.load(std::memory_order_relaxed);
    if (!key.is(entry)) continue;
    const loopscope_task task = entry & kTaskMask;
    if (task == waiter) return 0;
    if (kSought == Sought::unmet) {
      if ((entry & kWasMet) != 0) return 0;
      known.compare_exchange_strong(entry, entry | kWasMet, std::memory_order_relaxed);
    }
    return task;
  }
  return 0;
}

// The first frame, but for `waiter`'s own, whose address (or whose promise's, 16 bytes on) an awaiter holds. Looks at
// the bytes of the awaiter itself and follows no pointer. Awaiters are small: what stands further behind is not looked at.
template <Sought kSought = Sought::any, class Awaiter>
#if defined(__clang__)
__attribute__((no_sanitize("memory")))
#endif
inline loopscope_task
task_inside(const Awaiter& awaiter, loopscope_task waiter) {
  constexpr std::size_t kMostWords = 8;
  constexpr std::size_t kWords = sizeof(Awaiter) / sizeof(std::uintptr_t);
  if constexpr (alignof(Awaiter) >= alignof(std::uintptr_t)) {
    const char* const bytes = reinterpret_cast<const char*>(__builtin_addressof(awaiter));
    for (std::size_t i = 0; i < (kWords < kMostWords ? kWords : kMostWords); ++i) {
      std::uintptr_t word = 0;
      std::memcpy(&word, bytes + i * sizeof word, sizeof word);
      for (const std::uintptr_t frame : {word, word - 16}) {
        const loopscope_task task = task_of_frame<kSought>(frame, waiter);
        if (task != 0) return task;
      }
    }
  }
  return 0;
}

}  // namespace loopscope::coroutines
