// The command palette: type a few letters of what is wanted, Enter does it. Main thread, within a frame.
#pragma once

#include <cstddef>
#include <string>

#include "viewer/gui/action.h"
#include "viewer/gui/look.h"

namespace loopscope::gui {

class PalettePopup {
 public:
  void open() { opening_ = true; }
  // Runs what was chosen, at the end of the frame's drawing.
  void draw(const Actions& actions, const Look& look);

 private:
  bool opening_ = false;
  std::string typed_;
  std::size_t chosen_ = 0;
};

}  // namespace loopscope::gui
