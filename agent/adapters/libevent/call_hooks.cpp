// Calls that say who asked for what the hooks of event_hooks.cpp see, and what for. On the thread that calls.
#include "agent/adapters/libevent/symbols.h"
#include "agent/adapters/libevent/thread_state.h"

#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default")))
#define LOOPSCOPE_DELETES_AT_ONCE const Within deleting(thread_state.delete_frame, __builtin_frame_address(0))

using namespace loopscope::libevent;

LOOPSCOPE_HOOK int event_add(event* ev, const timeval* timeout) {
  LOOPSCOPE_EVENT_USER_CALL;
  return LOOPSCOPE_EVENT_REAL(event_add)(ev, timeout);
}

LOOPSCOPE_HOOK void event_active(event* ev, int result, short calls) {
  LOOPSCOPE_EVENT_USER_CALL;
  LOOPSCOPE_EVENT_REAL(event_active)(ev, result, calls);
}

LOOPSCOPE_HOOK int event_base_once(event_base* base, evutil_socket_t descriptor, short events,
                                   event_callback_fn callback, void* argument, const timeval* timeout) {
  LOOPSCOPE_EVENT_USER_CALL;
  const Within once(thread_state.once_frame, __builtin_frame_address(0));
  return LOOPSCOPE_EVENT_REAL(event_base_once)(base, descriptor, events, callback, argument, timeout);
}

LOOPSCOPE_HOOK int event_del_noblock(event* ev) {
  LOOPSCOPE_DELETES_AT_ONCE;
  return LOOPSCOPE_EVENT_REAL(event_del_noblock)(ev);
}

LOOPSCOPE_HOOK int event_finalize(unsigned flags, event* ev, event_finalize_callback_fn callback) {
  LOOPSCOPE_DELETES_AT_ONCE;
  return LOOPSCOPE_EVENT_REAL(event_finalize)(flags, ev, callback);
}

LOOPSCOPE_HOOK int event_free_finalize(unsigned flags, event* ev, event_finalize_callback_fn callback) {
  LOOPSCOPE_DELETES_AT_ONCE;
  return LOOPSCOPE_EVENT_REAL(event_free_finalize)(flags, ev, callback);
}

LOOPSCOPE_HOOK void event_callback_finalize_nolock_(event_base* base, unsigned flags,
                                                    event_callback* callback,
                                                    void (*finalizer)(event_callback*, void*)) {
  LOOPSCOPE_DELETES_AT_ONCE;
  LOOPSCOPE_EVENT_REAL(event_callback_finalize_nolock_)(base, flags, callback, finalizer);
}
