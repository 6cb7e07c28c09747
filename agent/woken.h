// What hooks of waits tell of what ended a wait. Exported, but no part of the stable interface: for libraries of hooks.
// Host threads, right behind loopscope_poll_end; never allocates, locks or fails.
#pragma once

#include <loopscope/loopscope.h>

#include <stdint.h>

extern "C" {

// `events` of them ended the wait, 0 if it was over in time; `what` has the first ones, at most `told`: the data of
// events of the epoll descriptor `epoll`, or, where that is -1, file descriptors.
LOOPSCOPE_API void loopscope_internal_woken(uint32_t events, int epoll, const uint64_t* what, uint32_t told);
}
