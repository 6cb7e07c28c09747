// One stall in words: cause, system call, the sampled stacks, who waited. Part of the stalls panel. Main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "viewer/gui/look.h"
#include "viewer/view/stall_list.h"
#include "viewer/view/workspace.h"

namespace loopscope::gui {

class StallDetails {
 public:
  // Takes what is left of the current window. The row is of the workspace's analysis.
  void draw(view::Workspace& workspace, const Look& look, const view::StallRow& row);

 private:
  void draw_facts(view::Workspace& workspace, const Look& look, const view::StallRow& row) const;
  void draw_stack(view::Workspace& workspace, const Look& look, const model::Stall& stall);
  void draw_waiting(view::Workspace& workspace, const Look& look) const;

  std::uint64_t generation_ = 0;
  std::size_t stall_ = 0;
  bool known_ = false;
  std::vector<view::WaitingTask> waiting_;
  std::size_t sample_ = 0;  // which of its samples is shown
};

}  // namespace loopscope::gui
