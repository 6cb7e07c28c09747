// What recording cost and what is missing from the trace, in words: the same in the text report and on screen. Pure.
#pragma once

#include <string>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::report {

// The command with its arguments as recorded, neither quoted nor made safe; "unknown program" if the trace has none.
std::string command_line_text(const model::Process& process);

// "1.23 ms of CPU (0.1 % of one core), 45.7 kB written, 1,009 events/s".
std::string recording_text(const model::Trace& trace);

// What a check of references found: "at 1.2 s: 5 of 23 suspended coroutines can never be resumed (...)".
std::string check_text(const model::Trace& trace, const model::ReachabilityCheck& check);

// One remark for each thing that is missing or doubtful: losses, damage, a torn tail, what was recovered or read as a
// stream, programs without names. Empty if the trace is whole. May be as many as the trace has losses and modules.
std::vector<std::string> what_is_missing(const model::Trace& trace);

}  // namespace loopscope::report
