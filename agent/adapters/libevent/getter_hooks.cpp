// What the user put into an event is what the user gets, also while it is pending. On any thread, without the lock of the
// base: another thread may add or delete the event meanwhile.
#include "agent/adapters/libevent/symbols.h"
#include "agent/adapters/libevent/ticket.h"

#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default")))

using namespace loopscope::libevent;

namespace {

// Where the event was changed between two looks it is looked at again: the change is two stores. Not for ever: in a copy of a
// pending event there is another one's ticket.
constexpr int kMostLooks = 1009;

event_callback_fn callback_of(const event* ev) {
  event_callback_fn own = callback_in(ev);
  for (int looks = 0; looks < kMostLooks && has_our_callback(ev); ++looks) {
    const Ticket* ticket = ticket_of(argument_in(ev));
    if (ticket == nullptr) continue;
    own = __atomic_load_n(&ticket->callback, __ATOMIC_ACQUIRE);
    if (belongs_to(ticket, ev) && argument_in(ev) == ticket) return own;
  }
  return has_our_callback(ev) ? own : callback_in(ev);
}

void* argument_of(const event* ev) {
  void* own = nullptr;
  for (int looks = 0; looks < kMostLooks; ++looks) {
    void* const argument = argument_in(ev);
    const Ticket* ticket = ticket_of(argument);
    if (ticket == nullptr) return argument;
    own = __atomic_load_n(&ticket->argument, __ATOMIC_ACQUIRE);
    if (belongs_to(ticket, ev) && argument_in(ev) == ticket) break;
  }
  return own;
}

}  // namespace

// libevent's own function first: in its debug mode it looks whether the event was set up.
LOOPSCOPE_HOOK event_callback_fn event_get_callback(const event* ev) {
  const event_callback_fn callback = LOOPSCOPE_EVENT_REAL(event_get_callback)(ev);
  return symbols.is_known ? callback_of(ev) : callback;
}

LOOPSCOPE_HOOK void* event_get_callback_arg(const event* ev) {
  void* const argument = LOOPSCOPE_EVENT_REAL(event_get_callback_arg)(ev);
  return symbols.is_known ? argument_of(ev) : argument;
}

LOOPSCOPE_HOOK void event_get_assignment(const event* ev, event_base** base, evutil_socket_t* descriptor,
                                         short* events, event_callback_fn* callback, void** argument) {
  LOOPSCOPE_EVENT_REAL(event_get_assignment)(ev, base, descriptor, events, callback, argument);
  if (!symbols.is_known) return;
  if (callback != nullptr) *callback = callback_of(ev);
  if (argument != nullptr) *argument = argument_of(ev);
}
