// Colours, fonts and sizes: what a panel draws with, so that all of them look alike in both themes and at any scale.
// Made by the window when theme or scale change. Main thread.
#pragma once

#include <cstdint>

#include <imgui.h>

#include "viewer/base/units.h"

namespace loopscope::gui {

// What a colour means. The hues are of Okabe and Ito's set, which people with any colour vision tell apart, and no
// meaning rests on hue alone.
enum class Paint : std::uint8_t {
  window,  // behind everything
  panel,   // behind a panel
  raised,  // cards, headers, buttons
  border,
  grid,  // lines behind plots
  text,
  faint,     // secondary text
  accent,    // links, the focused thing
  selected,  // behind what is selected
  poll,      // a loop that waits in the kernel
  busy,      // a loop that works
  span,      // a span, where no site gives it a colour
  call,      // a blocking call
  pause,     // garbage collection
  stall,     // a span or tick over the limit
  lag,
  pending,
  good,
  info,
  warning,
  critical,
  count_of_them
};

struct Look {
  float scale = 1;  // 1: 96 dots an inch
  bool dark = true;
  ImFont* text = nullptr;
  ImFont* bold = nullptr;
  ImFont* mono = nullptr;

  float px(float at_scale_1) const { return at_scale_1 * scale; }
  ImU32 paint(Paint meaning) const;
  ImVec4 paint4(Paint meaning) const { return ImGui::ColorConvertU32ToFloat4(paint(meaning)); }
  // One of eight hues that differ in lightness too; for sites, kinds, modules.
  ImU32 category(std::uint32_t number) const;
};

ImU32 with_alpha(ImU32 colour, float alpha);

}  // namespace loopscope::gui
