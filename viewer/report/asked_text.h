// The text report of what was asked about single requests: it stands in the place of the whole report, since whoever asks
// about one request has read that one. Called by the command line. Pure.
#pragma once

#include <string>

#include "viewer/report/contents.h"
#include "viewer/report/text_report.h"

namespace loopscope::report {

// Precondition: contents.asked.
std::string asked_text(const Contents& contents, const TextOptions& options);

}  // namespace loopscope::report
