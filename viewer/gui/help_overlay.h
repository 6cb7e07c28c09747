// What the keys and the mouse do, over everything else. Main thread, within a frame.
#pragma once

#include "viewer/gui/action.h"
#include "viewer/gui/look.h"

namespace loopscope::gui {

class HelpOverlay {
 public:
  void toggle() { opening_ = true; }
  void draw(const Actions& actions, const Look& look);

 private:
  bool opening_ = false;
};

}  // namespace loopscope::gui
