// Which ring is which, by where the kernel has mapped its queues: the program may move its struct. Lock-free, of fixed size;
// rings beyond it have no tasks.
#pragma once

#include "agent/adapters/liburing/ring.h"

namespace loopscope::liburing {

constexpr unsigned kMaxRings = 256;

// The ring that is called; made known at the first call that submits, since then there is something to tell. nullptr if
// nothing of it is to be recorded: nobody records, it is laid out in a way that we do not know, it is Asio's, whose own
// operations are tasks, or there is no room. `waits`: the call may wait for completions.
Ring* ring_for(const io_uring& ring, bool submits, bool waits);

// What completes in the rings that this thread has called, while it waits for something else: a program may look at its
// completions without calling liburing.
void look_at_own_rings();

// It is about to go away, or has just been made, maybe in the place of one that went away unseen.
void ring_ends(const io_uring& ring);
void ring_begins(const io_uring& ring);

}  // namespace loopscope::liburing
