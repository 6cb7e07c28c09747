// One finding in plain words, for outputs that show it by itself: annotations, test results, pages. Pure.
#pragma once

#include <string>

#include "viewer/detect/finding.h"
#include "viewer/model/trace.h"

namespace loopscope::report {

// The line to look at: what the finding blames, else where its tasks were created. nullptr if it is at no place.
const model::Frame* frame_of(const model::Trace& trace, const detect::Finding& finding);

// "on_read (server.c:97)"; "" if it is at no place.
std::string place_of(const model::Trace& trace, const detect::Finding& finding);

// Place, evidence, stack and advice, each in a line or a few. Names are as the trace has them: whoever prints them
// makes them fit.
std::string details_text(const model::Trace& trace, const detect::Finding& finding);

}  // namespace loopscope::report
