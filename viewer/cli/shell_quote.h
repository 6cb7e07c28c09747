// Text as one word of a shell command, for commands that are printed to be typed.
#pragma once

#include <string>

namespace loopscope::cli {

std::string shell_quote(const std::string& word);

}  // namespace loopscope::cli
