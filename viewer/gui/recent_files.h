// The traces that were opened last, in a small file of the user's. Main thread; a few hundred bytes.
#pragma once

#include <string>
#include <vector>

namespace loopscope::gui {

// Latest first, those that still exist. Empty if there is no such file.
std::vector<std::string> recent_files();

// Puts it first. Where it cannot be written nothing is kept.
void remember_file(const std::string& path);

}  // namespace loopscope::gui
