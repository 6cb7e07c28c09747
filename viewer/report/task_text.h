// One task in words, for whoever names it as an example or as one of a group. Pure.
#pragma once

#include <string>

#include "viewer/model/trace.h"

namespace loopscope::report {

// "#12, created at 1.01 s, ran 3 times, 2.10 ms, failed at 1.30 s". The task has to be in the trace.
std::string task_text(const model::Trace& trace, model::TaskIndex task);

// "#12 uv_timer"; "unknown task" if the trace does not know it.
std::string task_name(const model::Trace& trace, model::TaskIndex task);

// "on_read (server.c:97)": where it was created; "" if that is not known.
std::string task_place_text(const model::Trace& trace, model::TaskIndex task);

}  // namespace loopscope::report
