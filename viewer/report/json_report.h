// The report for programs: one object whose names are a contract (see README.md). Called by the command line. Pure.
#pragma once

#include <span>
#include <string>

#include "viewer/report/contents.h"

namespace loopscope::report {

// One object with a line feed at the end; an array of objects if there is more than one. Always valid UTF-8.
std::string json_report(std::span<const Contents> contents);

}  // namespace loopscope::report
