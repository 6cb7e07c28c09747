// What can be read on the screen: letters are found again in the picture that ImGui is about to draw, so that a script
// sees what a person sees, whichever widget drew it. Made after a frame, for scripts only. Main thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <imgui.h>

namespace loopscope::gui {

class ScreenText {
 public:
  // Of the frame that was ended last. Letters that are clipped away are not there; half of a letter is none.
  static ScreenText read(const ImDrawData& drawn, const ImFontAtlas& fonts);

  // The middle of the place that reads like that: in the window drawn last where several have it; in there one that
  // says just that before one that says it among other words; the topmost.
  std::optional<ImVec2> find(std::string_view words) const;
  // Line by line from the top, pieces of a line with two blanks between them.
  std::string text() const;

 private:
  // Letters that were drawn after each other on one line.
  struct Run {
    std::string words;
    std::vector<float> left;  // of each byte of `words`
    std::vector<float> right;
    float top = 0;
    float bottom = 0;
    int list = 0;  // which window's, later ones are in front
  };
  std::vector<Run> runs_;
};

}  // namespace loopscope::gui
