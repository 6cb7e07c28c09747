// What hooks tell of calls that block the thread of an event loop. Exported, but no part of the stable interface: for
// the preloaded library. Host threads, any time; never allocates, locks or fails.
//
// Hooks stand in front of calls that a server makes with every request, and what they do must cost next to nothing: so
// they look at one word of thread-local memory and at the clock, and call the agent only for what took too long.
#pragma once

#include <loopscope/loopscope.h>

#include <stdint.h>

#include "agent/record/clock.h"

extern "C" {

// Of the calling thread.
struct loopscope_internal_calls {
  // A call of so many ticks is told. 0: none is to be measured, since the thread is not in its loop between two waits, or
  // not recorded, or in such a call already. The agent sets it with each wait of the loop. A hook sets it to 0 for as long
  // as its call lasts; a call left by longjmp is thereby forgotten with its tick.
  uint64_t limit;
  bool has_counter;  // what ticks are: the processor's counter, or loopscope_internal_ticks
};
extern LOOPSCOPE_API __thread loopscope_internal_calls loopscope_internal_my_calls
    __attribute__((tls_model("initial-exec")));

LOOPSCOPE_API uint64_t loopscope_internal_ticks(void);

// A call beyond the limit, which failed with `error` (of errno.h, 0: did not): recorded, with the stack that begins at
// `return_address`. Keeps errno. What the thread's limit was when the call began may be an earlier recording's.
LOOPSCOPE_API void loopscope_internal_blocked(const char* name, loopscope_site site, uint64_t begin,
                                              uint64_t end, int error, const void* return_address);
}

namespace loopscope {

[[gnu::always_inline]] inline uint64_t ticks_of_call(const loopscope_internal_calls& calls) {
  return __builtin_expect(calls.has_counter, 1) ? record::ticks_of_processor() : loopscope_internal_ticks();
}

}  // namespace loopscope
