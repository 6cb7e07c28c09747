// The table of blamed lines, sorted by any column. Part of the stalls panel. Main thread.
#pragma once

#include <memory>
#include <vector>

#include "viewer/gui/look.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/view/stall_lines.h"
#include "viewer/view/workspace.h"

namespace loopscope::gui {

class LineTable {
 public:
  // Takes what is left of the current window. The lines, which are of those profiles, stay the same until others are
  // handed in.
  void draw(view::Workspace& workspace, const Look& look,
            const std::shared_ptr<const std::vector<view::StallLine>>& lines,
            const report::StallProfiles& profiles);

 private:
  std::shared_ptr<const std::vector<view::StallLine>> of_;
  std::vector<view::StallLine> shown_;
  view::LineColumn column_ = view::LineColumn::self;
  bool descending_ = true;
};

}  // namespace loopscope::gui
