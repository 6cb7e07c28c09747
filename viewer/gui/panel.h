// A panel: one view of the workspace. The application gives it a place, it draws and acts on the workspace. Panels do
// not know each other. What there is to draw comes from viewer/view, which is tested without pixels. Main thread.
#pragma once

#include <string>

#include "viewer/gui/look.h"
#include "viewer/view/workspace.h"

namespace loopscope::gui {

class Panel {
 public:
  virtual ~Panel() = default;

  // Within the current ImGui window, whose whole content region is the panel's. An analysis is loaded.
  virtual void draw(view::Workspace& workspace, const Look& look) = 0;
  // What it shows as text: a heading, then lines of tab-separated cells. For the clipboard.
  virtual std::string text(const view::Workspace& workspace) = 0;
};

}  // namespace loopscope::gui
