// Where the trace goes: checked and cleared before the program starts, because afterwards nobody listens. Called by
// record.
#pragma once

#include <string>

#include "viewer/base/result.h"

namespace loopscope::cli {

// The absolute path for `asked`. What is there of an earlier recording under exactly this name is removed; traces
// of its other processes (STEM.PID.pb) stay, since nobody said that they are no longer wanted, and their names do
// not get in the way.
Result<std::string> prepare_trace_place(const std::string& asked);

// 16 random hex digits.
std::string random_id();

}  // namespace loopscope::cli
