// Loops as findings speak of them. Pure, any thread.
#pragma once

#include <string>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// "libuv loop 1 (main)": by its own name or its thread's; for the begin of a sentence.
std::string name_of_loop(const model::Loop& loop);

// Of all loops together; 0 where none was recorded, or none ever woke.
Nanos busy_of_loops(const model::Trace& trace);

}  // namespace loopscope::detect
