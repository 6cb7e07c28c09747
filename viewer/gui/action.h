// What a person can ask for by name: one list serves the keyboard, the command palette and the help. Main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace loopscope::gui {

struct Action {
  std::string name;  // "Next stall"
  std::string keys;  // "N", "Ctrl+P"; "" if it has none
  std::function<void()> run;
};

using Actions = std::vector<Action>;

}  // namespace loopscope::gui
