// Real hands: keys and clicks that the X server delivers, through GLFW, to a viewer that no script drives but for
// telling what it shows.
#include <gtest/gtest.h>

#include <string>

#include "tests/viewer/gui/screen.h"

namespace loopscope::testing {
namespace {

TEST(Hands, MoveTheViewerThroughTheXServer) {
  const std::string picture = folder() + "/hands.png";
  // `?` opens the help, the second picture is taken by the viewer's own command.
  const ViewerRun run =
      run_viewer_with_hands({"key question", "key Escape", "key ctrl+shift+s", "key ctrl+q"},
                            {LOOPSCOPE_TRACES "/leaky_requests.pb"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(contents_of(folder() + "/loopscope-window-1.png").substr(1, 3), "PNG");
}

}  // namespace
}  // namespace loopscope::testing
