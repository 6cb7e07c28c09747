// Life of a recording in this process: start, stop, fork, exit. The functions here are for the preloaded
// library; programs use loopscope.h. Exported, but no part of the stable interface.
#pragma once

#include <loopscope/loopscope.h>

extern "C" {

// Opens the files of a recording that `loopscope record` asked for, while the program may still do so. No
// thread, no ring yet. Harmless if nobody asked.
LOOPSCOPE_API int loopscope_internal_prepare(void);

// A loop is about to do something: starts the recording that waits for it. Cheap to call again.
LOOPSCOPE_API int loopscope_internal_loop_activity(void);

// The program is about to end without running destructors, with this status: writes the end of the trace.
// Does nothing in a child that shares its parent's memory.
LOOPSCOPE_API void loopscope_internal_exiting(int status);
}
