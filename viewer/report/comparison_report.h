// A comparison for people (at most 80 columns) and for programs (JSON). Called by the command line. Pure.
#pragma once

#include <string>

#include "viewer/report/comparison.h"
#include "viewer/report/text_report.h"

namespace loopscope::report {

// "worse: 2 findings worse, 1 new, ...", "no difference".
std::string comparison_headline(const Comparison& comparison);

std::string comparison_text_report(const Comparison& comparison, const TextOptions& options);

// One object whose names are a contract: docs/comparison.schema.json.
std::string comparison_json_report(const Comparison& comparison);

}  // namespace loopscope::report
