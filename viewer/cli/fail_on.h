// The words of --fail-on that analyze and compare have in common. Called by both parsers. Main thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/detect/finding.h"

namespace loopscope::cli {

// A severity or a detector's name goes to its place; false if it is neither.
bool set_fail_on(const std::string& word, std::optional<detect::Severity>& severity,
                 std::vector<std::string>& detectors);

// "--fail-on: there is no ... (known are MORE, info, warning, critical, leaked-task, ...)".
std::string fail_on_mistake(const std::string& word, std::string_view more);

}  // namespace loopscope::cli
