// What libevent 2.1 has in its libraries but in none of its headers: functions that it calls through its PLT, and the
// numbers that they take. Read from 2.1.12; the layout of struct event is public.
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>

extern "C" {
int event_add_nolock_(event*, const timeval*, int absolute);
int event_del_nolock_(event*, int blocking);
void event_active_nolock_(event*, int result, short calls);
int event_remove_timer_nolock_(event*);
void event_callback_finalize_nolock_(event_base*, unsigned flags, event_callback*,
                                     void (*)(event_callback*, void*));
int event_del_noblock(event*);
}

namespace loopscope::libevent {

// The second argument of event_del_nolock_. "At once": the loop's own way to take out what it is about to run, and that
// of event_del_noblock and the finalizing functions. "Even if": event_base_free's.
constexpr int kDeleteAtOnce = 0;
constexpr int kDeleteEvenIfFinalizing = 3;

// The result that event_active_nolock_ gets from the finalizing functions.
constexpr int kFinalize = 0x40;

constexpr short kQueued = EVLIST_ACTIVE | EVLIST_ACTIVE_LATER;
constexpr short kPending = EVLIST_TIMEOUT | EVLIST_INSERTED | kQueued;
constexpr short kAnyDescriptor = EV_READ | EV_WRITE | EV_CLOSED;

inline short flags_of(const event* ev) { return ev->ev_evcallback.evcb_flags; }
inline bool is_timer(const event* ev) { return (ev->ev_events & (kAnyDescriptor | EV_SIGNAL)) == 0; }
inline bool is_persistent(const event* ev) { return (ev->ev_events & EV_PERSIST) != 0; }

// A timeout may be one that the base has a queue for (event_base_init_common_timeout): the upper bits say which.
inline uint64_t nanoseconds(const timeval& time) {
  constexpr long kCommonMask = 0xf0000000, kCommon = 0x50000000, kMicroseconds = 0x000fffff;
  const long us = (time.tv_usec & kCommonMask) == kCommon ? time.tv_usec & kMicroseconds : time.tv_usec;
  if (time.tv_sec < 0) return 0;
  if (time.tv_sec > 9'000'000'000) return UINT64_MAX;
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(us) * 1'000;
}

}  // namespace loopscope::libevent
