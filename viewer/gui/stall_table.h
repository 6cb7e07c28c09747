// The list of stalls: sorted by any column, filtered, one of them selected. Part of the stalls panel. Main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "viewer/gui/look.h"
#include "viewer/view/stall_list.h"
#include "viewer/view/workspace.h"

namespace loopscope::gui {

class StallTable {
 public:
  // Takes what is left of the current window. The rows are of the workspace's analysis.
  void draw(view::Workspace& workspace, const Look& look, const std::vector<view::StallRow>& rows,
            const view::StallSelection& selection);

 private:
  void draw_row(view::Workspace& workspace, const Look& look, const view::StallRow& row);

  // What `shown_` was made for.
  struct ShownFor {
    std::uint64_t generation = 0;
    std::string words;
    view::StallSelection selection;
    bool operator==(const ShownFor&) const = default;
  };
  std::optional<ShownFor> shown_for_;
  std::vector<std::uint32_t> shown_;
  view::StallColumn column_ = view::StallColumn::duration;
  bool descending_ = true;
  std::optional<std::size_t> scrolled_to_;  // the stall that is selected, once it was brought into sight
};

}  // namespace loopscope::gui
