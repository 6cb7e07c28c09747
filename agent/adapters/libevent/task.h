// The life of one task of libevent's: created when its event becomes pending, run by our callback, finished once. On the
// thread of the call or callback.
#pragma once

#include "agent/adapters/libevent/thread_state.h"
#include "agent/adapters/libevent/ticket.h"

namespace loopscope::libevent {

// A new task in the ticket; `return_address`: of the hooked function, for calls that are not within one of the user's.
void begin_task(Ticket* ticket, const void* return_address, const void* frame);

// Whether the ticket's task is of the recording that runs. It is not in a child that was forked with its event pending.
inline bool is_recorded_now(const Ticket* ticket) { return ticket->recording == loopscope_recording(); }

// What a task that did not come to its end has come to, by what its event was for.
inline loopscope_outcome outcome_of_deletion(Kind kind, bool base_is_freed) {
  if (is_subscription(kind)) return LOOPSCOPE_OUTCOME_OK;
  return base_is_freed ? LOOPSCOPE_OUTCOME_ABANDONED : LOOPSCOPE_OUTCOME_CANCELLED;
}

// The ticket's task, which it has no longer then. Inside of its own callback it is finished when that returns.
void finish_task(Ticket* ticket, loopscope_outcome outcome);

// Callbacks that were left by an exception or longjmp: those whose frame is not above `frame`.
void end_left_callbacks(const void* frame);

// Around a user's callback that may come again.
class CallbackSpan {
 public:
  explicit CallbackSpan(loopscope_task task);
  ~CallbackSpan();
  CallbackSpan(const CallbackSpan&) = delete;
  CallbackSpan& operator=(const CallbackSpan&) = delete;

 private:
  const loopscope_task task_;
  unsigned index_;
};

}  // namespace loopscope::libevent
