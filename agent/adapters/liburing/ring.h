// One ring: what the program is about to submit becomes tasks, what has completed ends them. The kernel and the program's
// inline code move the ring's ends, so both are looked at whenever liburing is called, and nothing of the ring is written.
// On the calling thread; two may be in it at once (see in_flight.h).
#pragma once

#include "agent/adapters/liburing/in_flight.h"

namespace loopscope::liburing {

// Where completions are: as in the program's struct, which may move.
struct Queue {
  const unsigned* head;
  const unsigned* tail;
  const io_uring_cqe* entries;
  uint32_t mask;
  uint32_t shift;  // of entries of twice the size
};
Queue queue_of(const io_uring& ring);

struct Ring {
  int recording;        // the one that its tasks belong to
  int walking;          // 1: a thread looks at completions, or has the table
  bool is_open;         // the queue is mapped. Read and written by who walks
  bool given_up;        // what completes cannot be told apart any more
  uint32_t seen;        // completions up to here
  uint32_t told;        // submissions up to here
  uint32_t chains;      // so many so far
  uint32_t generation;  // of the rings that this memory was used for
  uint32_t capacity;
  uint32_t announced;
  Queue queue;
  InFlight in_flight;
};

// Of what has completed, and is still there for the program: for the loop that waited for it.
struct Completed {
  static constexpr uint32_t kMost = 4;
  uint32_t told;  // of the descriptors they were for
  uint64_t files[kMost];
};

// Entries of a known layout, whatever liburing or kernel: else the ring is left alone.
bool is_known(const io_uring& ring);

// How many operations a ring with such queues has room for.
uint32_t capacity_for(const io_uring& ring);
uint32_t announced_for(const io_uring& ring);

// From now on: what is in flight already is not known. False, and nothing is changed, while another thread is in it.
bool begin(Ring& state, const io_uring& ring);

// Before liburing submits: what the program has prepared.
void look_at_submissions(Ring& state, const io_uring& ring, const void* return_address);

// Whether there is anything to look at. Of a ring that cannot go away meanwhile: one that is called.
inline bool has_completed(const Ring& state) {
  return __atomic_load_n(state.queue.tail, __ATOMIC_RELAXED) !=
         __atomic_load_n(&state.seen, __ATOMIC_RELAXED);
}

// Whenever liburing was or is about to be called, or the thread waits for something else. `completed` may be nullptr.
void look_at_completions(Ring& state, Completed* completed);

// The ring is about to go away, with what is in flight.
void end(Ring& state);

// It has gone away, and nothing is known of how.
void let_go(Ring& state);

// It goes away in another recording than its own: its queue is not looked at any more.
void close(Ring& state);

}  // namespace loopscope::liburing
