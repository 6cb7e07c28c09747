// What libevent can start, and the site each kind is recorded under. What may call back again and again (EV_PERSIST) has a
// site of its own under the same name.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>

#include "agent/adapters/libevent/private.h"

namespace loopscope::libevent {

// X(identifier, text, flags)
#define LOOPSCOPE_EVENT_KINDS(X)                                       \
  X(event, "event", 0)                                                 \
  X(event_persistent, "event", LOOPSCOPE_SITE_SUBSCRIPTION)            \
  X(timer, "evtimer", 0)                                               \
  X(timer_persistent, "evtimer", LOOPSCOPE_SITE_SUBSCRIPTION)          \
  X(signal, "evsignal", LOOPSCOPE_SITE_SUBSCRIPTION)                   \
  X(once, "event_base_once", 0)                                        \
  X(active, "event_active", 0)                                         \
  X(bufferevent_read, "bufferevent_read", LOOPSCOPE_SITE_SUBSCRIPTION) \
  X(bufferevent_write, "bufferevent_write", LOOPSCOPE_SITE_SUBSCRIPTION)

enum class Kind : uint8_t {
#define LOOPSCOPE_EVENT_KIND(identifier, text, flags) identifier,
  LOOPSCOPE_EVENT_KINDS(LOOPSCOPE_EVENT_KIND)
#undef LOOPSCOPE_EVENT_KIND
      count
};

struct Sites {
  int defined;  // read with acquire order
  loopscope_site of[static_cast<unsigned>(Kind::count)];
};
extern Sites sites;

// All of them at once, since that allocates: with the first base.
void define_sites();

inline loopscope_site site_of(Kind kind) {
  if (__builtin_expect(!__atomic_load_n(&sites.defined, __ATOMIC_ACQUIRE), 0)) define_sites();
  return sites.of[static_cast<unsigned>(kind)];
}

// Of an event that was added. Those of a bufferevent lie inside of it, and it is their argument.
Kind kind_of(const event* ev);

// Stopped, it has done what it was for.
inline bool is_subscription(Kind kind) {
  return kind == Kind::event_persistent || kind == Kind::timer_persistent || kind == Kind::signal ||
         kind == Kind::bufferevent_read || kind == Kind::bufferevent_write;
}

// Calls back because of a descriptor, so that its timeout means that it did not do what it was for.
inline bool may_time_out(Kind kind) { return kind == Kind::event || kind == Kind::once; }

}  // namespace loopscope::libevent
