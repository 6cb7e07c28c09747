// What the requests of each value of a label cost, as tables of a text report. Pure.
#pragma once

#include "viewer/detect/context_costs.h"
#include "viewer/report/page.h"

namespace loopscope::report {

void print_contexts(Page& page, const detect::ContextCosts& costs);

}  // namespace loopscope::report
