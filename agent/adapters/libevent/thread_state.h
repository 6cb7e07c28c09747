// What a thread is in the middle of: a call of libevent's, which says whom a task is created for, and callbacks. Kept in the
// thread with the frame that it belongs to, so that an exception or longjmp through libevent leaves nothing behind that is
// taken for true: the stack grows down, what lies below the running frame has been left.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>

#include "agent/adapters/libevent/ticket.h"

namespace loopscope::libevent {

// A user's callback that runs on this thread and will again.
struct RunningCallback {
  const void* frame;
  loopscope_task task;
  loopscope_outcome finish_with;  // asked for while the callback ran; 0: not
};

struct ThreadState {
  static constexpr unsigned kMaxDepth = 8;
  const void* call_frame;      // of the outermost call of the user's that is not over; nullptr: none
  const void* return_address;  // of that call
  const void* delete_frame;    // of a call that deletes at once, as only the loop does otherwise
  const void* once_frame;      // of event_base_once
  const void* free_frame;      // of event_base_free
  Ticket* fired;               // whose event the loop took out last, to run it
  Ticket* limbo;  // put back by a callback, and given back when this thread has the lock of that base again:
  const event_base* limbo_base;  // until then another thread may be looking at it
  unsigned depth;
  RunningCallback running[kMaxDepth];
};
extern __thread ThreadState thread_state __attribute__((tls_model("initial-exec")));

inline bool is_within(const void* frame_of_call, const void* frame) { return frame_of_call > frame; }

// Around a call of the user's: what is created inside was created where that returns to. Of nested ones the outermost counts.
class UserCall {
 public:
  UserCall(const void* return_address, const void* frame)
      : was_frame_(thread_state.call_frame), was_address_(thread_state.return_address) {
    if (is_within(was_frame_, frame)) return;
    thread_state.call_frame = frame;
    thread_state.return_address = return_address;
  }
  ~UserCall() {
    thread_state.call_frame = was_frame_;
    thread_state.return_address = was_address_;
  }
  UserCall(const UserCall&) = delete;
  UserCall& operator=(const UserCall&) = delete;

 private:
  const void* const was_frame_;
  const void* const was_address_;
};

// Around a call that gives what happens inside another meaning.
class Within {
 public:
  Within(const void*& place, const void* frame) : place_(place), was_(place) { place = frame; }
  ~Within() { place_ = was_; }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  const void*& place_;
  const void* const was_;
};

}  // namespace loopscope::libevent

#define LOOPSCOPE_EVENT_USER_CALL \
  const loopscope::libevent::UserCall user_call(__builtin_return_address(0), __builtin_frame_address(0))
