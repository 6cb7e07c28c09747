// Checks of references in the recorded program: Reachability packets. Collected in the first pass, told to the model when
// the tasks are known. Used by read_trace.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/rare_packets.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {

// So many checks are kept, the first ones.
inline constexpr std::size_t kMaxChecks = 10'000;

class Reachability {
 public:
  void add(std::string_view packet);

  // `trace` has its tasks. Tasks that ended after all are left out: their memory was used for something else, or somebody
  // found a way that no search can see.
  void tell(model::Trace& trace, const TraceClock& clock) const;

 private:
  std::vector<RawReachability> checks_;
};

}  // namespace loopscope::trace
