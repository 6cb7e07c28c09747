// A finding's evidence in words: the same in the text report and on screen. Pure.
#pragma once

#include <optional>
#include <string>

#include "viewer/detect/finding.h"

namespace loopscope::report {

// "oldest age" for the key "oldest_age".
std::string evidence_name(const detect::Evidence& evidence);

// Its number with its unit as people read it: "1.28 s", "23 tasks", "12.3 %". What is not finite is 0.
std::string evidence_value(const detect::Evidence& evidence);

// The same and, of what was estimated from samples, where the true value lies: "37.0 % (29-46 %)".
std::string evidence_text(const detect::Evidence& evidence);

// "(29-46 %)", "(870 us-1.10 ms)"; "" if there is no interval.
std::string interval_text(const std::optional<detect::Interval>& interval, const std::string& unit);

}  // namespace loopscope::report
