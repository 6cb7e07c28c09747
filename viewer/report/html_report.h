// The report as one page for browsers: a single file that asks nobody for anything. Called by the command line. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "viewer/report/contents.h"

namespace loopscope::report {

// No page is larger, whatever the trace: what does not fit is counted, and in the JSON.
inline constexpr std::size_t kMostPageBytes = 1'000'000;

// A document that reads without its script as well. Always valid UTF-8; names of the trace are text in it and nothing
// else, and a content security policy lets no other style, script or address in.
std::string html_report(const Contents& contents);

}  // namespace loopscope::report
