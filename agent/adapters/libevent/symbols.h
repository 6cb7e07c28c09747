// libevent as it was before us: the functions that stand behind the hooks, and where libevent's code lies. Resolved once,
// at the first hook call (libevent may be loaded late), by whichever thread comes first.
#pragma once

#include <cstdint>

#include "agent/adapters/libevent/hooked_functions.h"
#include "agent/adapters/libevent/private.h"
#include "agent/adapters/loops/entered.h"

namespace loopscope::libevent {

// Not hooked, but needed. Called through the table too: the preloaded library must not bring libevent into every process.
#define LOOPSCOPE_EVENT_USED_FUNCTIONS(X) X(event_get_version_number) X(event_get_struct_event_size)

struct Libevent {
#define LOOPSCOPE_EVENT_MEMBER(name) decltype(&::name) name;
  LOOPSCOPE_EVENT_HOOKED_FUNCTIONS(LOOPSCOPE_EVENT_MEMBER)
  LOOPSCOPE_EVENT_USED_FUNCTIONS(LOOPSCOPE_EVENT_MEMBER)
#undef LOOPSCOPE_EVENT_MEMBER
};

struct Symbols {
  Libevent libevent;
  loops::AddressRange code;  // of the library that has event_base_loop
  bool is_known;             // a 2.1, whose events are laid out as our header says: else nothing is recorded
  int resolved;              // read with acquire order; everything above is valid when it is 1
};

extern Symbols symbols;

// Finds libevent: the next definition in symbol order, if it is one of a libevent and not of a library that calls its
// functions alike; else a libevent that was loaded for one plugin only. Without any libevent nothing is remembered, so
// that the next call tries again, and a function is whatever its caller would have had without us.
void resolve_symbols(const void* caller);

inline const Libevent& libevent(const void* caller) {
  if (__builtin_expect(!__atomic_load_n(&symbols.resolved, __ATOMIC_ACQUIRE), 0)) resolve_symbols(caller);
  return symbols.libevent;
}

}  // namespace loopscope::libevent

#define LOOPSCOPE_EVENT_REAL(function) loopscope::libevent::libevent(__builtin_return_address(0)).function
