// Events become pending, ready, and neither. Called by libevent itself, with the lock of the event's base held, by whatever
// thread.
#include "agent/adapters/libevent/symbols.h"
#include "agent/adapters/libevent/task.h"
#include "agent/adapters/loops/entered.h"

// All of them are called with every event: side by side with the rest of what is.
#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default"), hot))

using namespace loopscope;
using namespace loopscope::libevent;

namespace {

// Internal: the base's own, to wake it and for its signals.
bool is_traced(const event* ev) { return symbols.is_known && !(flags_of(ev) & EVLIST_INTERNAL); }

// Not where another thread's callback is about to put the event back: first our callback goes, then the ticket.
bool may_begin(const event* ev) {
  if (!loopscope_recording() || !is_traced(ev)) return false;
  const event_callback_fn callback = callback_in(ev);
  return callback != nullptr && callback != on_event && ticket_of(argument_in(ev)) == nullptr;
}

// A signal that came several times is called back as often in a row, without the lock in between. Inside of such a
// callback it is known that no other follows a deletion; from another thread it is not.
bool signal_is_repeated(const event* ev) {
  return (ev->ev_events & EV_SIGNAL) && ev->ev_.ev_signal.ev_ncalls != 0 &&
         ev->ev_.ev_signal.ev_pncalls != nullptr && loopscope_internal_entered()->loop == 0;
}

void say_when_due(Ticket* ticket, const event* ev, const timeval* timeout) {
  if (timeout == nullptr || !is_timer(ev)) return;
  ticket->interval_ns = nanoseconds(*timeout);
  loopscope_task_due(ticket->task, ticket->interval_ns);
}

// What an event that was made active, and never added, is when it is added.
void set_kind(Ticket* ticket, const event* ev) {
  if (ticket->kind == Kind::active) __atomic_store_n(&ticket->kind, kind_of(ev), __ATOMIC_RELAXED);
}

// The loop has taken the event out; before our callback came it was added again. That callback is the last one of the task
// that was, and the event has a new one. False if our callback came first: the event is being put back right now.
bool revive(Ticket* ticket, const event* ev, const void* return_address, const void* frame) {
  ticket->last_task = ticket->task;
  auto fired = TicketState::fired;
  if (!__atomic_compare_exchange_n(&ticket->state, &fired, TicketState::pending, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE)) {
    return false;
  }
  set_kind(ticket, ev);
  begin_task(ticket, return_address, frame);
  return true;
}

// An event that has a ticket was added.
void added_again(Ticket* ticket, const event* ev, const timeval* timeout, bool was_queued,
                 const void* return_address, const void* frame) {
  if (was_queued && !(flags_of(ev) & kQueued)) callback_came(ticket);  // its timeout begins anew, none comes
  switch (__atomic_load_n(&ticket->state, __ATOMIC_ACQUIRE)) {
    case TicketState::pending:
      // A descriptor is waited for as before, with another timeout. A timer begins anew.
      if (timeout == nullptr || !is_timer(ev)) return;
      finish_task(ticket, outcome_of_deletion(ticket->kind, false));
      begin_task(ticket, return_address, frame);
      break;
    case TicketState::fired:
      if (flags_of(ev) & kQueued) {
        __atomic_store_n(&ticket->state, TicketState::pending, __ATOMIC_RELEASE);
        return;
      }
      if (!revive(ticket, ev, return_address, frame)) return;
      break;
    case TicketState::returning: return;
    case TicketState::idle:
      set_kind(ticket, ev);
      begin_task(ticket, return_address, frame);
      __atomic_store_n(&ticket->state, TicketState::pending, __ATOMIC_RELEASE);
      break;
  }
  say_when_due(ticket, ev, timeout);
}

void added(event* ev, const timeval* timeout, const void* return_address, const void* frame) {
  if (!may_begin(ev) || !(flags_of(ev) & kPending)) return;
  const bool once = is_within(thread_state.once_frame, frame);
  Ticket* ticket = attach(ev, once ? Kind::once : kind_of(ev));
  if (ticket == nullptr) return;
  begin_task(ticket, return_address, frame);
  say_when_due(ticket, ev, timeout);
}

// The event is neither added nor active any more, and its callback does not come.
void deleted(Ticket* ticket, const void* frame) {
  finish_task(ticket, outcome_of_deletion(ticket->kind, is_within(thread_state.free_frame, frame)));
  put_back(ticket);
  give_back(ticket);
}

// The same, where the callback may be about to come.
void deleted_in_flight(Ticket* ticket, bool finalizes) {
  if (finalizes) {
    // libevent takes the place of the callback and wants the argument. The ticket stays for whom has seen it.
    put_back(ticket);
  }
  if (__atomic_load_n(&ticket->state, __ATOMIC_ACQUIRE) != TicketState::pending) return;
  finish_task(ticket, outcome_of_deletion(ticket->kind, false));
  __atomic_store_n(&ticket->state, TicketState::idle, __ATOMIC_RELEASE);
}

// The loop has taken the event out of its queue, and our callback has not come yet or is not through with the ticket.
bool is_in_flight(const Ticket* ticket, bool queued) {
  const uint8_t to_come = __atomic_load_n(&ticket->to_come, __ATOMIC_ACQUIRE);
  const TicketState state = __atomic_load_n(&ticket->state, __ATOMIC_ACQUIRE);
  return to_come > (queued ? 1 : 0) || state == TicketState::returning ||
         (state == TicketState::fired && !queued) ||
         __atomic_load_n(&ticket->last_task, __ATOMIC_ACQUIRE) != 0;
}

// With the base's lock held.
void clear_limbo(const event_base* base) {
  ThreadState& thread = thread_state;
  if (thread.limbo == nullptr || thread.limbo_base != base) return;
  give_back(thread.limbo);
  thread.limbo = nullptr;
}

}  // namespace

LOOPSCOPE_HOOK int event_add_nolock_(event* ev, const timeval* timeout, int absolute) {
  const auto real = LOOPSCOPE_EVENT_REAL(event_add_nolock_);
  // Absolute: the loop adds a persistent event's timeout again. Our callback comes next.
  if (absolute) return real(ev, timeout, absolute);
  const bool was_queued = flags_of(ev) & kQueued;
  const int result = real(ev, timeout, absolute);
  if (result != 0) return result;
  const void* const return_address = __builtin_return_address(0);
  const void* const frame = __builtin_frame_address(0);
  if (Ticket* ticket = ticket_of(ev)) {
    added_again(ticket, ev, timeout, was_queued, return_address, frame);
  } else {
    added(ev, timeout, return_address, frame);
  }
  return result;
}

LOOPSCOPE_HOOK void event_active_nolock_(event* ev, int result, short calls) {
  const auto real = LOOPSCOPE_EVENT_REAL(event_active_nolock_);
  if ((flags_of(ev) & (EVLIST_FINALIZING | EVLIST_ACTIVE)) || (result & kFinalize))
    return real(ev, result, calls);
  const void* const return_address = __builtin_return_address(0);
  const void* const frame = __builtin_frame_address(0);
  Ticket* ticket = ticket_of(ev);
  if (ticket == nullptr) {
    if (!may_begin(ev)) return real(ev, result, calls);
    ticket = attach(ev, is_within(thread_state.once_frame, frame) ? Kind::once : Kind::active);
    if (ticket == nullptr) return real(ev, result, calls);
    begin_task(ticket, return_address, frame);
    ticket->state = TicketState::fired;  // was never added: the callback to come is the last
  } else {
    const TicketState state = __atomic_load_n(&ticket->state, __ATOMIC_ACQUIRE);
    if (state == TicketState::returning) return real(ev, result, calls);
    if (state == TicketState::idle) {
      begin_task(ticket, return_address, frame);
      __atomic_store_n(&ticket->state, TicketState::fired, __ATOMIC_RELEASE);
    } else if (state == TicketState::fired && !(flags_of(ev) & kQueued)) {
      if (thread_state.fired == ticket) {
        // The loop took it out of its queue to put it in once more, for its timeout.
        __atomic_store_n(&ticket->state, TicketState::pending, __ATOMIC_RELEASE);
        thread_state.fired = nullptr;
      } else if (!revive(ticket, ev, return_address, frame)) {
        return real(ev, result, calls);
      }
    }
  }
  callback_is_to_come(ticket);
  // A timer has said when it is due.
  if (ticket->kind != Kind::timer && ticket->kind != Kind::timer_persistent)
    loopscope_task_ready(ticket->task);
  real(ev, result, calls);
}

LOOPSCOPE_HOOK int event_del_nolock_(event* ev, int blocking) {
  const auto real = LOOPSCOPE_EVENT_REAL(event_del_nolock_);
  Ticket* const ticket = ticket_of(ev);
  if (ticket == nullptr) return real(ev, blocking);
  const short flags = flags_of(ev);
  if ((flags & EVLIST_FINALIZING) && blocking != kDeleteEvenIfFinalizing) return real(ev, blocking);
  const void* const frame = __builtin_frame_address(0);
  const bool at_once = blocking == kDeleteAtOnce;
  const bool asked = is_within(thread_state.delete_frame, frame);
  if (at_once && !asked) {
    // The loop: it makes the event active next, or runs it.
    clear_limbo(ev->ev_base);
    if ((flags & EVLIST_ACTIVE) && is_persistent(ev)) {
      callback_came(ticket);  // only to be put into the queue once more
    } else if (flags & EVLIST_ACTIVE) {
      __atomic_store_n(&ticket->state, TicketState::fired, __ATOMIC_RELEASE);
      thread_state.fired = ticket;
    }
    return real(ev, blocking);
  }
  const bool queued = flags & kQueued;
  const bool signal_comes = signal_is_repeated(ev);
  const int result = real(ev, blocking);
  // It may have waited for the callback, without the lock.
  if (ticket_of(ev) != ticket || (flags_of(ev) & kPending)) return result;
  const bool in_flight = signal_comes || is_in_flight(ticket, queued);
  if (ticket_of(ev) != ticket) return result;
  if (queued) callback_came(ticket);  // it was taken out of the queue
  if (in_flight) {
    deleted_in_flight(ticket, at_once);
  } else {
    deleted(ticket, frame);
  }
  return result;
}

LOOPSCOPE_HOOK int event_remove_timer_nolock_(event* ev) {
  const int result = LOOPSCOPE_EVENT_REAL(event_remove_timer_nolock_)(ev);
  Ticket* const ticket = ticket_of(ev);
  if (ticket == nullptr || (flags_of(ev) & kPending)) return result;
  if (is_in_flight(ticket, false)) {
    deleted_in_flight(ticket, false);
  } else {
    deleted(ticket, __builtin_frame_address(0));
  }
  return result;
}
