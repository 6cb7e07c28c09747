// The report for programs: one object whose names are a contract (see README.md). Called by the command line. Pure.
#pragma once

#include <span>
#include <string>

#include "viewer/report/contents.h"

namespace loopscope::report {

// One object and a line feed. Always valid UTF-8.
std::string json_report(const Contents& contents);

// Several of them as one array.
std::string json_array(std::span<const std::string> reports);

}  // namespace loopscope::report
