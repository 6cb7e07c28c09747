// Which tasks wait for an object: what its readiness makes ready and its cancellation cancels, since Asio tells of both by
// naming the object. A cache with four places a line: the fifth of a line is not found by its object, and the trace then
// lacks its cancel edge and has it ready when it runs. Host threads, several at once; lock-free, no allocation.
// Part of loopscope/asio.hpp.
#ifndef LOOPSCOPE_ASIO_WAITING_HPP
#define LOOPSCOPE_ASIO_WAITING_HPP

#include <loopscope/loopscope.h>
#include <loopscope/asio/shared.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace loopscope {
namespace asio_tracking LOOPSCOPE_ASIO_SHARED {

// A task with what it waits for, in one word: numbers of tasks have 40 bits.
class WaitingTask {
 public:
  WaitingTask(loopscope_task task, unsigned waits_for)
      : word_(task | std::uint64_t{waits_for} << kWaitsForShift) {}
  explicit WaitingTask(std::uint64_t word) : word_(word) {}

  loopscope_task task() const { return word_ & ((std::uint64_t{1} << kWaitsForShift) - 1); }
  unsigned waits_for() const { return static_cast<unsigned>(word_ >> kWaitsForShift) & 0xf; }
  bool is_told_ready() const { return (word_ & kToldReady) != 0; }
  WaitingTask told_ready() const { return WaitingTask(word_ | kToldReady); }
  // Its system call was tried, and has to be again.
  bool was_tried() const { return (word_ & kTried) != 0; }
  WaitingTask tried() const { return WaitingTask((word_ & ~kToldReady) | kTried); }
  std::uint64_t word() const { return word_; }

 private:
  enum { kWaitsForShift = 48 };
  static const std::uint64_t kToldReady = std::uint64_t{1} << 63;
  static const std::uint64_t kTried = std::uint64_t{1} << 61;
  std::uint64_t word_;
};

// One place. Whoever put a task there owns it until it takes it away.
class WaitingPlace {
 public:
  // False if somebody else is here.
  bool put(const void* object, WaitingTask task) {
    std::uint64_t empty = 0;
    if (word_.load(std::memory_order_relaxed) != 0 ||
        !word_.compare_exchange_strong(empty, kBeingWritten, std::memory_order_acquire,
                                       std::memory_order_relaxed))
      return false;
    object_.store(object, std::memory_order_relaxed);
    word_.store(task.word(), std::memory_order_release);
    return true;
  }
  // The owner's.
  WaitingTask task() const { return WaitingTask(word_.load(std::memory_order_relaxed)); }
  void take() { word_.store(0, std::memory_order_release); }

  // 0 if it waits for something else, or nothing is here.
  WaitingTask task_of(const void* object) const {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    const bool is_its =
        word != 0 && word != kBeingWritten && object_.load(std::memory_order_relaxed) == object;
    return WaitingTask(is_its ? word : 0);
  }
  // False if another thread has taken or told it meanwhile.
  bool replace(WaitingTask task, WaitingTask by) {
    std::uint64_t expected = task.word();
    return word_.compare_exchange_strong(expected, by.word(), std::memory_order_relaxed);
  }
  // The owner's: the operation was tried, and has to wait on.
  void wait_on() {
    const WaitingTask now = task();
    if (now.is_told_ready() || !now.was_tried()) replace(now, now.tried());
  }

 private:
  static const std::uint64_t kBeingWritten = 1ull << 62;
  std::atomic<const void*> object_;
  std::atomic<std::uint64_t> word_;
};

class WaitingTasks {
 public:
  // Null if there is no place left.
  WaitingPlace* put(const void* object, WaitingTask task) {
    for (WaitingPlace& place : line_of(object).places) {
      if (place.put(object, task)) return &place;
    }
    return nullptr;
  }

  // `found(place, task)` for each task that waits for the object.
  template <class Found>
  void for_each(const void* object, Found found) {
    for (WaitingPlace& place : line_of(object).places) {
      const WaitingTask task = place.task_of(object);
      if (task.word() != 0) found(place, task);
    }
  }

 private:
  enum : std::size_t { kLines = 8192 };  // 512 KiB, of which the kernel gives what is touched
  struct alignas(64) Line {
    WaitingPlace places[4];
  };

  Line& line_of(const void* object) {
    const std::uint64_t number = reinterpret_cast<std::uintptr_t>(object);
    return lines_[(number * UINT64_C(0x9e3779b97f4a7c15)) >> 51];
  }

  Line lines_[kLines];
};

}  // namespace LOOPSCOPE_ASIO_SHARED
}  // namespace loopscope
#endif
