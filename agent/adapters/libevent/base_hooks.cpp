// Bases begin, run and end. A tick is what lies between two waits in the kernel: those of libevent's code inside of
// event_base_loop, whatever they wait with (agent/adapters/loops). On the loop's thread.
#include "agent/adapters/libevent/bases.h"
#include "agent/adapters/libevent/symbols.h"
#include "agent/adapters/libevent/thread_state.h"
#include "agent/adapters/loops/activity.h"
#include "agent/adapters/loops/entered.h"

#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default")))

using namespace loopscope;
using namespace loopscope::libevent;

namespace {

// With the first base comes what events need later, when nothing may be allocated any more.
void begin_base(const event_base* base) {
  loops::loop_activity();
  map_tickets();
  site_of(Kind::event);
  loop_number(base);
}

}  // namespace

LOOPSCOPE_HOOK event_base* event_base_new_with_config(const event_config* config) {
  event_base* base = LOOPSCOPE_EVENT_REAL(event_base_new_with_config)(config);
  if (base == nullptr || !symbols.is_known) return base;
  forget_base(base);  // an earlier one at this address, that was freed without its name
  begin_base(base);
  return base;
}

// What is still pending in the base has been left behind.
LOOPSCOPE_HOOK void event_base_free(event_base* base) {
  const Within freeing(thread_state.free_frame, __builtin_frame_address(0));
  LOOPSCOPE_EVENT_REAL(event_base_free)(base);
  forget_base(base);
}

LOOPSCOPE_HOOK void event_base_free_nofinalize(event_base* base) {
  const Within freeing(thread_state.free_frame, __builtin_frame_address(0));
  LOOPSCOPE_EVENT_REAL(event_base_free_nofinalize)(base);
  forget_base(base);
}

// Loops nest: a callback may run another one.
LOOPSCOPE_HOOK int event_base_loop(event_base* base, int flags) {
  const auto real = LOOPSCOPE_EVENT_REAL(event_base_loop);
  if (!symbols.is_known) return real(base, flags);
  loops::loop_activity();
  loops::Entered& entered = *loopscope_internal_entered();
  const loops::Entered outer = entered;
  const loopscope_loop inner = loop_number(base);
  entered.loop = inner;
  entered.library = symbols.code;
  entered.in_callback = nullptr;  // no callback is in libevent's code while it waits
  entered.by_epoll_only = false;
  loopscope_loop_entered(inner);
  const int result = real(base, flags);
  loopscope_loop_left(inner, outer.loop != 0 ? outer.loop : outer.found);
  entered = outer;
  return result;
}
