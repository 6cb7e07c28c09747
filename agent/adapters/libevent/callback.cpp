// What libevent calls in the place of a user's callback. On the loop's thread, without the lock of its base.
#include <errno.h>

#include "agent/adapters/libevent/task.h"

namespace loopscope::libevent {
namespace {

// Nothing of libevent's is the user's call any more, until the callback returns: from here on it is the user who calls.
class UserCode {
 public:
  UserCode() : frame_(thread_state.call_frame), delete_frame_(thread_state.delete_frame) {
    thread_state.call_frame = nullptr;
    thread_state.delete_frame = nullptr;
    thread_state.once_frame = nullptr;
    thread_state.free_frame = nullptr;
    if (__builtin_expect(thread_state.depth > 0, 0)) end_left_callbacks(this);
  }
  ~UserCode() {
    thread_state.call_frame = frame_;
    thread_state.delete_frame = delete_frame_;
  }
  UserCode(const UserCode&) = delete;
  UserCode& operator=(const UserCode&) = delete;

 private:
  const void* const frame_;
  const void* const delete_frame_;
};

struct LastCall {
  loopscope_task task;  // 0: it is not the last one
  bool is_last;
};

void put_into_limbo(Ticket* ticket, const event_base* base) {
  ThreadState& thread = thread_state;
  if (thread.limbo != nullptr) give_back(thread.limbo);
  thread.limbo = ticket;
  thread.limbo_base = base;
}

// An event that the loop has taken out is the user's again before the callback begins, which may free it. Another thread
// may add it again at the same time: then it stays as it is, with a new task. Unless this is the last call the ticket may be
// another's as soon as the callback has come.
LastCall take_last(Ticket* ticket) {
  auto fired = TicketState::fired;
  if (__atomic_load_n(&ticket->state, __ATOMIC_ACQUIRE) == fired &&
      __atomic_compare_exchange_n(&ticket->state, &fired, TicketState::returning, false, __ATOMIC_ACQ_REL,
                                  __ATOMIC_ACQUIRE)) {
    const loopscope_task task = is_recorded_now(ticket) ? ticket->task : 0;
    const event_base* base = ticket->owner->ev_base;
    if (ticket_of(ticket->owner) == ticket) put_back(ticket);
    put_into_limbo(ticket, base);
    return {task, true};
  }
  if (__atomic_load_n(&ticket->last_task, __ATOMIC_ACQUIRE) == 0) return {0, false};
  const loopscope_task task = __atomic_exchange_n(&ticket->last_task, 0, __ATOMIC_ACQ_REL);
  callback_came(ticket);
  return {task, true};
}

void run_last(loopscope_task task, bool timed_out, event_callback_fn callback, evutil_socket_t descriptor,
              short what, void* argument) {
  if (task != 0) loopscope_span_begin(task);
  callback(descriptor, what, argument);
  if (task == 0) return;
  if (!timed_out) return loopscope_span_end_finished(task);
  loopscope_span_end(task);
  loopscope_task_finished_with(task, LOOPSCOPE_OUTCOME_ERROR, ETIMEDOUT, "ETIMEDOUT");
}

}  // namespace

[[gnu::hot]] void on_event(evutil_socket_t descriptor, short what, void* argument) {
  Ticket* ticket = ticket_of(argument);
  // Another thread has finalized the event since the loop looked at its callback.
  if (__builtin_expect(ticket == nullptr, 0)) ticket = thread_state.fired;
  if (__builtin_expect(ticket == nullptr, 0)) return;
  thread_state.fired = nullptr;
  const UserCode user_code;
  const event_callback_fn callback = __atomic_load_n(&ticket->callback, __ATOMIC_RELAXED);
  void* const user_argument = __atomic_load_n(&ticket->argument, __ATOMIC_RELAXED);
  const Kind kind = __atomic_load_n(&ticket->kind, __ATOMIC_RELAXED);
  const LastCall last = take_last(ticket);
  if (last.is_last) {
    const bool timed_out =
        (what & EV_TIMEOUT) && !(what & kAnyDescriptor) && may_time_out(kind) && descriptor >= 0;
    return run_last(last.task, timed_out, callback, descriptor, what, user_argument);
  }
  if (__builtin_expect(!is_recorded_now(ticket), 0) && ticket->state == TicketState::pending) {
    begin_task(ticket, nullptr, __builtin_frame_address(0));
  }
  const loopscope_task task = ticket->task;
  const uint64_t interval_ns = ticket->interval_ns;
  callback_came(ticket);
  const CallbackSpan span(task);
  if (kind == Kind::timer_persistent) loopscope_task_due(task, interval_ns);
  callback(descriptor, what, user_argument);
}

}  // namespace loopscope::libevent
