// What hooks tell of calls that block the thread of an event loop. Exported, but no part of the stable interface: for
// the preloaded library. Host threads, any time; never allocates, locks or fails.
#pragma once

#include <loopscope/loopscope.h>

#include <stdint.h>

extern "C" {

// Whether the calling thread is in its loop, between two waits, and recorded. A few ns.
LOOPSCOPE_API int loopscope_internal_busy_loop(void);

// Around a call that may block. begin gives the time in ticks, or 0 where the call is not to be measured: the thread
// is not in its loop, or in such a call already. If it gave a time, end follows: beyond the limit it records the call,
// which failed with `error` (of errno.h, 0: did not), with the stack that begins at `return_address`. Keeps errno.
LOOPSCOPE_API uint64_t loopscope_internal_blocking_begin(void);
LOOPSCOPE_API void loopscope_internal_blocking_end(const char* name, loopscope_site site, uint64_t begin,
                                                   int error, const void* return_address);
}
