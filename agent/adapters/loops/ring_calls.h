// What the adapter of liburing does around the calls that are hooked here for their waits. Where no such adapter is linked,
// these do nothing. Host threads; nothing waits.
#pragma once

#include <cstdint>

struct io_uring;

namespace loopscope::loops {

// Whether a call hands the operations that the program has prepared to the kernel.
enum class Submits : uint8_t {
  no,
  yes,
  with_its_timeout,  // only where liburing has to make an operation of the timeout
};

// liburing is about to be called by the code at `return_address`.
void ring_call_begins(io_uring* ring, Submits submits, bool waits, const void* return_address);

// How many completions lie there for the program; 1 where nobody knows.
uint32_t ring_completions(const io_uring* ring);

// liburing has returned. `ended_a_wait`: a loop's, the end of which has just been recorded.
void ring_call_ended(io_uring* ring, bool ended_a_wait);

// The thread is about to wait, or has waited, for something else: what its rings have completed is looked at.
void thread_waits();

}  // namespace loopscope::loops
