// The text report's part about stalls: the longest ones, where the thread was in them, and who waited. Pure.
#pragma once

#include "viewer/model/trace.h"
#include "viewer/report/page.h"

namespace loopscope::report {

// Nothing if there was no stall.
void print_stalls(Page& page, const model::Trace& trace);

}  // namespace loopscope::report
