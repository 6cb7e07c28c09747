// What stands in an event's place while it is pending. libevent has no room for an id in its events, so the event's callback
// becomes ours and its argument a ticket, which holds the user's callback and argument, and the task. With the last
// callback or the deletion of the event both are put back, before the user's code can see or free it: an event that is
// not pending is as the user made it, however long it lies about, and wherever its memory goes.
//
// Tickets are handed out and taken back under the lock of the event's base, by the thread that adds, deletes or runs the
// event. What a second thread can do between the loop's last look at an event and our callback is what `state` is for.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>

#include "agent/adapters/libevent/kinds.h"
#include "agent/adapters/libevent/private.h"

namespace loopscope::libevent {

enum class TicketState : uint8_t {
  pending,    // the event was added, or activated while it was added
  fired,      // the loop has taken the event out, or will when it runs it: the next callback is the last
  idle,       // deleted while our callback was about to run: kept in the event, since that callback needs it
  returning,  // our last callback is putting the event back: from elsewhere it is left alone
};

struct alignas(64) Ticket {
  event_callback_fn callback;  // the user's
  void* argument;
  event* owner;  // whose place it takes
  loopscope_task task;
  loopscope_task
      last_task;  // not 0: of the callback that is about to run, where the event was added again meanwhile
  uint64_t interval_ns;  // of a timer that repeats
  int recording;         // the one that `task` belongs to
  uint32_t next;         // of a free one: the number of the one below it
  TicketState state;
  Kind kind;
  uint8_t to_come;  // how often the event was made ready, and our callback has not been called for it yet
};
static_assert(sizeof(Ticket) == 64);

constexpr uint32_t kMostTickets = 1u << 18;

// Memory for so many, mapped at the first call; pages come with their use. Allocates nothing later. False if it is not to
// be had: then nothing is recorded.
bool map_tickets();

// nullptr if all are taken. Lock-free.
Ticket* take_ticket();
void give_back(Ticket* ticket);

extern Ticket* tickets;  // nullptr before map_tickets

// The ticket that a callback's argument is; nullptr if it is none.
inline Ticket* ticket_of(const void* argument) {
  const uintptr_t offset = reinterpret_cast<uintptr_t>(argument) - reinterpret_cast<uintptr_t>(tickets);
  if (tickets == nullptr || offset >= sizeof(Ticket) * kMostTickets || offset % sizeof(Ticket) != 0)
    return nullptr;
  return tickets + offset / sizeof(Ticket);
}

// What libevent calls in the place of the user's callback.
void on_event(evutil_socket_t descriptor, short what, void* argument);

inline event_callback_fn callback_in(const event* ev) {
  return __atomic_load_n(&ev->ev_evcallback.evcb_cb_union.evcb_callback, __ATOMIC_ACQUIRE);
}
inline void* argument_in(const event* ev) {
  return __atomic_load_n(&ev->ev_evcallback.evcb_arg, __ATOMIC_ACQUIRE);
}
inline bool has_our_callback(const event* ev) { return callback_in(ev) == on_event; }

inline bool belongs_to(const Ticket* ticket, const event* ev) {
  return __atomic_load_n(&ticket->owner, __ATOMIC_ACQUIRE) == ev;
}

// The event's; nullptr if it has none.
inline Ticket* ticket_of(const event* ev) {
  if (!has_our_callback(ev)) return nullptr;
  Ticket* ticket = ticket_of(argument_in(ev));
  return ticket != nullptr && belongs_to(ticket, ev) ? ticket : nullptr;
}

// The event gets a ticket. Its task is the caller's to set.
Ticket* attach(event* ev, Kind kind);

inline void callback_is_to_come(Ticket* ticket) { __atomic_fetch_add(&ticket->to_come, 1, __ATOMIC_ACQ_REL); }
// One came, or will not. A signal's may come more often than it was made ready.
inline void callback_came(Ticket* ticket) {
  uint8_t left = __atomic_load_n(&ticket->to_come, __ATOMIC_RELAXED);
  while (left != 0 && !__atomic_compare_exchange_n(&ticket->to_come, &left, static_cast<uint8_t>(left - 1),
                                                   true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
  }
}

// The event is the user's again. The ticket is not given back.
void put_back(const Ticket* ticket);

}  // namespace loopscope::libevent
