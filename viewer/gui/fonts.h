// Fonts of the system where there are any, else the small one that ImGui brings. Called by the window when it opens
// and when the scale changes. Main thread.
#pragma once

#include <string>

#include "viewer/gui/look.h"

namespace loopscope::gui {

// Replaces all fonts of the current context by those for `look.scale`. `font_file` instead of the system's; "" for
// those. Files that are missing or no fonts are passed over.
void load_fonts(Look& look, const std::string& font_file);

}  // namespace loopscope::gui
