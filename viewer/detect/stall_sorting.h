// Whose fault each stall is: the machine's, a call's that blocked, or the code's that ran. blocking-span, blocking-call,
// congestion, busy-machine and loop-lag all look at stalls through this, so that no stall is blamed twice. Pure, any
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// As far as the trace knows.
inline Time end_of(const model::Stall& stall) { return add_saturating(stall.begin, stall.duration); }

enum class Fault : std::uint8_t {
  nobodys,   // on no loop: start-up, worker threads
  machines,  // the thread was runnable and had no processor, for so long that the rest would be no stall
  calls,     // of `call` below: it explains most of it
  spans,     // of the task's own code; of a tick's, where callbacks are not recorded
  ticks,     // many short spans
};

struct SortedStall {
  Fault fault = Fault::nobodys;
  model::SiteIndex call = model::kNoSite;  // of the blocking call
  Nanos waited_for_processor = 0;          // by the kernel's count, or by how late the watchdog itself was
};

// One for each of trace.stalls. `call_share`: of the duration, in %, that calls must explain.
std::vector<SortedStall> sort_stalls(const model::Trace& trace, double call_share);

// A call that blocks, of which each span is one time.
bool is_blocking_call(const model::Site& site);

}  // namespace loopscope::detect
