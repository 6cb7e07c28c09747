// Calls that blocked the thread of a busy loop: which of them are recorded, and what else follows from one. The
// policy is set by session before a recording starts; the calls come through agent/blocking.h, on host threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loopscope::record {

struct BlockingPolicy {
  std::uint64_t limit_ms = UINT64_MAX;  // UINT64_MAX: none is recorded
  std::vector<std::string> allowed;     // calls, or functions on the stack
  bool abort = false;                   // at the first call over the limit that is not allowed
};

// From now on, in this process. Allocates; an earlier policy stays in memory, a thread may be reading it.
void set_blocking_policy(BlockingPolicy policy);

}  // namespace loopscope::record
