// See ring_calls.h. Weak: the adapter's own are taken where it is linked.
#include "agent/adapters/loops/ring_calls.h"

namespace loopscope::loops {

[[gnu::weak]] void ring_call_begins(io_uring*, Submits, bool, const void*) {}
[[gnu::weak]] uint32_t ring_completions(const io_uring*) { return 1; }
[[gnu::weak]] void ring_call_ended(io_uring*, bool) {}
[[gnu::weak]] void thread_waits() {}

}  // namespace loopscope::loops
