// Proves of suspended coroutines that nothing can resume them any more: asks, on a thread of its own, has the program's
// threads stand still for as long as a copy of the process takes, has the copy searched and tells the trace. Called by
// session, on the thread that wants to know, which waits.
#pragma once

#include <cstdint>

#include "agent/reach/case.h"
#include "agent/record/observations.h"
#include "agent/record/ring.h"

namespace loopscope::reach {

struct Question {
  record::Ring ring;
  std::uint32_t recording = 0;
  std::uint32_t check = 1;  // number of this check in the recording
  std::uint32_t timeout_ms = 2'000;
  bool at_exit = false;
  // Where the stack of the calling thread begins that is not the agent's: at least what its callers left in registers that
  // a call keeps is above.
  const void* stack = nullptr;
};

// What was found is in the ring's definitions area,
// as it is in the answer. Without a thread of its own: the trouble no_copy.
record::ReachObservation prove(const Question& question);

}  // namespace loopscope::reach
