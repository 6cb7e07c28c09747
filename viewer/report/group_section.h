// The text report's part about whom a finding is made of: the members of its group one by one, and the labels that it
// hit hardest. Pure.
#pragma once

#include <cstddef>

#include "viewer/detect/finding.h"
#include "viewer/model/trace.h"
#include "viewer/report/page.h"

namespace loopscope::report {

// Beside a label of `indent` columns; nothing if there is nothing to tell.
void print_members(Page& page, const model::Trace& trace, const detect::Finding& finding, std::size_t indent);
void print_contexts(Page& page, const detect::Finding& finding, std::size_t indent);

}  // namespace loopscope::report
