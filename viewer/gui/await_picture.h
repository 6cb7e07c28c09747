// The picture of who waits for whom around a task: boxes in layers, arrows from the waiter to what it waits for. Drawn by
// the task panel. Main thread, within a frame.
#pragma once

#include "viewer/gui/look.h"
#include "viewer/view/await_graph.h"
#include "viewer/view/workspace.h"

namespace loopscope::gui {

// At the cursor, as wide as it needs, in a region of its own that scrolls sideways. A click on a box selects its task.
void draw_awaits(view::Workspace& workspace, const Look& look, const view::AwaitGraph& graph);

}  // namespace loopscope::gui
