// Which of a thread's waits are a loop's: told by where they are called from, wait by wait. A thread that waits at one
// place again and again is a loop; a wait from deeper in the stack, while the loop is in a tick, is a call that blocks
// it. On the waiting thread only; lives in its thread-local memory, zero at first; no allocation, no lock.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>

namespace loopscope::loops {

// A place in the program that waits: its code, and how deep in the stack it is.
struct Place {
  const void* caller;
  uintptr_t frame;  // the stack grows down: a callee's is smaller
  loopscope_loop loop;
  uint32_t waits;
  bool blocks;  // known not to be a loop's: it came in the middle of another one's tick
};

// How much a wait says about being a loop's.
enum class Evidence {
  none,    // does not wait at all, or is what a blocking library does: never the first one of a loop
  weak,    // may be anything: the second one from the same place makes a loop
  strong,  // for an epoll descriptor, or of a library that runs loops
};

class ThreadLoops {
 public:
  // A wait from `caller`, whose frame is at `frame`. The place, if it is a loop's wait, with loop 0 where it is the
  // first one: the caller gives the number. nullptr if it is not, or not yet.
  Place* wait(const void* caller, uintptr_t frame, Evidence evidence);

  // The loop that this thread was left in by a wait that has made another place its loop; 0 if none. Asked once behind
  // `wait`.
  loopscope_loop left();

 private:
  static constexpr unsigned kPlaces = 6;
  // So many waits in a row at another place, none at the loop's, and it has been left without our seeing it.
  static constexpr uint32_t kInARow = 8;

  Place* find(const void* caller);
  Place& put(const void* caller, uintptr_t frame);
  Place* go_to(Place& place);
  bool is_inside(const Place& place, const void* caller, uintptr_t frame);

  Place places_[kPlaces];
  const void* foreign_;  // the last place that was none of the loop's
  uint32_t in_a_row_;    // how often it waited since the loop did
  loopscope_loop left_;
  uint8_t at_;      // 1 + place of the loop; 0: none
  uint8_t before_;  // 1 + place of the loop before that; 0: none
  uint8_t next_;    // where to put the next place
};

}  // namespace loopscope::loops
