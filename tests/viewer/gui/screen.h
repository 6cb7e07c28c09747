// A display without a monitor, for as long as a test program runs, and runs of the viewer on it.
#pragma once

#include <string>
#include <vector>

namespace loopscope::testing {

struct ViewerRun {
  int exit_code = -1;  // 128 + N for signal N, -1 if it did not end within the limit
  std::string out;
  std::string err;
};

// Runs `loopscope view --script` on a screen of its own size; `script` is its text. A file in it is written in
// folder(). Software drawing, a fixed font, scale 1 unless the arguments say else.
ViewerRun run_viewer(const std::string& script, const std::vector<std::string>& arguments, int limit_s = 120);

// Runs it without a script, in folder(), and sends it what `xdotool` understands, one after the other, once its window is
// there. Ends when the viewer does.
ViewerRun run_viewer_with_hands(const std::vector<std::string>& gestures,
                                const std::vector<std::string>& arguments);

// For this test program's files; goes with it.
const std::string& folder();

// The built command, for the other half of a comparison; standard output.
std::string output_of(const std::vector<std::string>& command);

std::string contents_of(const std::string& path);

}  // namespace loopscope::testing
