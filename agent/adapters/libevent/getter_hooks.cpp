// What the user put into an event is what the user gets, also while it is pending. On any thread.
#include "agent/adapters/libevent/symbols.h"
#include "agent/adapters/libevent/ticket.h"

#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default")))

using namespace loopscope::libevent;

LOOPSCOPE_HOOK event_callback_fn event_get_callback(const event* ev) {
  const event_callback_fn callback = LOOPSCOPE_EVENT_REAL(event_get_callback)(ev);
  const Ticket* ticket = ticket_of(ev);
  return ticket != nullptr ? ticket->callback : callback;
}

LOOPSCOPE_HOOK void* event_get_callback_arg(const event* ev) {
  void* const argument = LOOPSCOPE_EVENT_REAL(event_get_callback_arg)(ev);
  const Ticket* ticket = ticket_of(ev);
  return ticket != nullptr ? ticket->argument : argument;
}

LOOPSCOPE_HOOK void event_get_assignment(const event* ev, event_base** base, evutil_socket_t* descriptor,
                                         short* events, event_callback_fn* callback, void** argument) {
  LOOPSCOPE_EVENT_REAL(event_get_assignment)(ev, base, descriptor, events, callback, argument);
  const Ticket* ticket = ticket_of(ev);
  if (ticket == nullptr) return;
  if (callback != nullptr) *callback = ticket->callback;
  if (argument != nullptr) *argument = ticket->argument;
}
