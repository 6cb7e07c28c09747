// A model held against what it must say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/agent/round_trip/program.h"
#include "tests/agent/round_trip/story.h"
#include "viewer/model/trace.h"

namespace loopscope::round_trip {

struct Clock {
  std::uint64_t origin_ns = 0;     // CLOCK_MONOTONIC at time 0 of the trace
  std::uint64_t tolerance_ns = 0;  // of converting ticks
};

// What differs, in words, the first few; empty if nothing does.
std::vector<std::string> held_against(const Story& story, const Issued& issued, const model::Trace& trace,
                                      Clock clock);

// The same for a trace with gaps: what it says was so, but it need not say all. Pauses and ends of awaits are left
// out: which of them a gap swallowed, nothing says.
std::vector<std::string> at_most(const Story& story, const Issued& issued, const model::Trace& trace,
                                 Clock clock);

}  // namespace loopscope::round_trip
