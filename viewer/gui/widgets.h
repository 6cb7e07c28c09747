// Small pieces that several panels draw in the same way. Main thread, within a frame.
#pragma once

#include <span>
#include <string_view>

#include <imgui.h>

#include "viewer/gui/look.h"
#include "viewer/model/trace.h"
#include "viewer/view/workspace.h"

namespace loopscope::gui {

// Names come from traces: shown as they are, but control characters and invalid UTF-8 as "?". Never a format string.
void text(std::string_view words);
void text(const Look& look, Paint paint, std::string_view words);
// The same, cut in the middle with "..." to `width` pixels; the whole in a tooltip when hovered.
void text_within(float width, std::string_view words);
void text_right(std::string_view words);  // right-aligned in the table column or region
void tooltip(std::string_view words);     // of the item before, if it is hovered

// A line over `values`, scaled to their maximum, of that size at the cursor's position.
void sparkline(const Look& look, ImVec2 size, std::span<const float> values, Paint paint);

// One line of input with a hint and a button that empties it; true if it changed.
bool search_box(const char* label, std::string& words, const char* hint, float width);

// A place in source as a link: opens it when clicked.
void source_link(view::Workspace& workspace, const Look& look, const model::Frame& frame);

// "There is nothing": a sentence in the middle of the panel, and below it what to do.
void nothing_here(const Look& look, std::string_view sentence, std::string_view advice);

}  // namespace loopscope::gui
