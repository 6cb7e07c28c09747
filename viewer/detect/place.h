// Where a site is, for people: the frame chosen when symbols were resolved, or the best that is known without
// them. Used by detectors (titles, grouping) and reports.
#pragma once

#include <cstdint>
#include <string>

#include "viewer/model/trace.h"

namespace loopscope::detect {

// "read_all", "luv.so+0x14bb9" or "0x55d0c0de" for a frame nobody can name.
std::string function_text(const model::Frame& frame);

// The same without the parameters of a C++ function and without unnamed namespaces: "api::Jobs::enqueue".
std::string short_function_text(const model::Frame& frame);

// "src/timer.c:83", "timer.c", "libuv.so.1+0x1b3f", the module, or "".
std::string position_text(const model::Frame& frame);

// A function of the agent's, between the library's and the program's: nothing that anybody wrote to be recorded.
bool is_agent_frame(const model::Frame& frame);

// The shown frame of a site; nullptr if it has no stack.
const model::Frame* shown_frame(const model::Site& site);

// "luv_timer_start (timer.c:83)".
std::string frame_text(const model::Frame& frame);

// "luv_timer_start (timer.c:83)" with the base name of the file; "uv_timer, place unknown" without a stack.
std::string place_text(const model::Site& site);

}  // namespace loopscope::detect
