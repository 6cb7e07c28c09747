// What the hooks of waits ask of a loop that they have found, and whose code is in no library that they know. Exported, but no
// part of the stable interface. On the thread that waits, once for each loop; never allocates, locks or fails.
#pragma once

#include <loopscope/loopscope.h>

extern "C" {

// As a library has said by loopscope_loop_kind of this thread; nullptr if none has.
LOOPSCOPE_API const char* loopscope_internal_loop_kind(void);

// Whether any library has said anything, of whatever thread.
LOOPSCOPE_API int loopscope_internal_has_loop_kinds(void);
}
