#include "viewer/gui/help_overlay.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <imgui.h>

#include "viewer/gui/keyboard.h"
#include "viewer/gui/widgets.h"

namespace loopscope::gui {
namespace {

using Row = std::pair<std::string_view, std::string_view>;

constexpr std::array<Row, 12> kTimeline{{
    {"Wheel", "zoom to the pointer"},
    {"Drag", "move through time"},
    {"Shift + drag", "select a stretch: its length and what it holds"},
    {"Ctrl + drag", "zoom to a stretch"},
    {"Click", "select; an empty place pins the cursor"},
    {"Right click", "what can be done here"},
    {"Drag in the minimap", "move the view, or draw a new one"},
    {"W S, A D", "zoom in and out, left and right"},
    {"0", "all of the trace"},
    {"N P", "next, previous stall"},
    {"B  [  ]", "set a bookmark; go to the one before, behind"},
    {"Escape", "unpin the cursor, select nothing"},
}};

constexpr std::array<Row, 6> kElsewhere{{
    {"Show me", "moves every view to a finding"},
    {"Click a row", "selects it in every view"},
    {"Double click", "opens what is behind: a task, a line of source"},
    {"Right click", "copy it as text, and more"},
    {"Click a heading", "sort by it"},
    {"Drop a file", "open it; on Compare: compare with it"},
}};

template <std::size_t N>
void table(const Look& look, const char* title, const std::array<Row, N>& rows) {
  ImGui::PushFont(look.bold);
  text(title);
  ImGui::PopFont();
  for (const auto& [keys, meaning] : rows) {
    text(look, Paint::accent, keys);
    ImGui::SameLine(look.px(150));
    text(meaning);
  }
  ImGui::Spacing();
}

}  // namespace

void HelpOverlay::draw(const Actions& actions, const Look& look) {
  if (opening_) ImGui::OpenPopup("Help");
  opening_ = false;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const ImVec2 size{std::min(look.px(920), screen.x - look.px(20)),
                    std::min(look.px(560), screen.y - look.px(20))};
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSize(size);
  if (!ImGui::BeginPopup("Help")) return;
  ImGui::PushFont(look.bold);
  text("Keys and mouse");
  ImGui::PopFont();
  ImGui::SameLine();
  text(look, Paint::faint, "Escape or a click elsewhere closes this");
  ImGui::Separator();
  const bool side_by_side = size.x > look.px(760);
  if (side_by_side) ImGui::Columns(2, "halves", false);
  table(look, "On the timeline", kTimeline);
  table(look, "Everywhere", kElsewhere);
  if (side_by_side) ImGui::NextColumn();
  ImGui::PushFont(look.bold);
  text("Commands");
  ImGui::PopFont();
  for (const Action& action : actions) {
    if (action.keys.empty()) continue;
    text(look, Paint::accent, action.keys);
    ImGui::SameLine(look.px(110));
    text(action.name);
  }
  if (side_by_side) ImGui::Columns(1);
  if (ImGui::IsKeyPressed(number_of({.key = "Escape"}))) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

}  // namespace loopscope::gui
