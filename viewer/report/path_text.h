// Where the time of requests went, as a part of a text report: the sums, then a line a stretch of the path with its bar.
// Pure.
#pragma once

#include "viewer/detect/request_paths.h"
#include "viewer/model/trace.h"
#include "viewer/report/page.h"

namespace loopscope::report {

void print_paths(Page& page, const model::Trace& trace, const detect::RequestPaths& paths);

}  // namespace loopscope::report
