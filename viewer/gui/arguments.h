// The command line of the viewer. Main thread, before the window.
#pragma once

#include <optional>
#include <string>

namespace loopscope::gui {

struct Arguments {
  std::string trace;     // "": a window that waits for a file
  std::string baseline;  // to compare with
  bool follow = false;
  std::string script;
  std::string font;
  float scale = 0;  // 0: the monitor's
  bool dark = true;
  int width = 1280;
  int height = 720;
};

// Nothing if the program is to end at once, with `status`.
std::optional<Arguments> parse_arguments(int argc, char** argv, int& status);

}  // namespace loopscope::gui
