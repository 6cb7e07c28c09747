// What hands do during one frame, when a script moves them: it goes the way that real input goes, into ImGui's state
// before the frame begins. Filled by the script player, applied by the window. Main thread.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace loopscope::gui {

struct Gesture {
  float x = -1;  // of the pointer, in pixels of the window's content
  float y = -1;
  std::array<bool, 3> held{};  // left, right, middle button
  float wheel = 0;             // steps, away from the user
  bool ctrl = false;
  bool shift = false;
  bool alt = false;
  std::vector<int> keys;  // held during this frame, by GLFW's numbers
  std::string typed;      // UTF-8
};

}  // namespace loopscope::gui
