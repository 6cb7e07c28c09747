// What makes times in a trace say something else than they seem to: a busy machine, the program's start and end, the
// recording itself, too short a trace. Each is told with its numbers; findings that rest on times that one of them
// explains become notes, here and nowhere else. Findings that rest on facts (what never finished, who waits for whom, what
// failed) are never touched. Called by detect_all() and by viewer/analysis for reports. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "viewer/detect/finding.h"
#include "viewer/detect/limits.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

struct Confounder {
  std::string name;      // "machine-contention", "start-up", "shutdown", "tracing-cost", "short-trace"
  std::string sentence;  // with its numbers and a full stop
};

// Those that hold, in that order.
std::vector<Confounder> confounders(const model::Trace& trace, const Limits& limits);

// Findings at warning or above that a confounder explains become info, with the reason before their advice.
void lower_what_is_explained(std::vector<Finding>& findings, const model::Trace& trace, const Limits& limits);

}  // namespace loopscope::detect
