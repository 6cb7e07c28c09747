#include "viewer/gui/palette_popup.h"

#include <algorithm>
#include <vector>

#include <imgui.h>
#include <imgui_stdlib.h>

#include "viewer/gui/keyboard.h"
#include "viewer/gui/widgets.h"
#include "viewer/view/palette.h"

namespace loopscope::gui {
namespace {

constexpr std::size_t kMostShown = 14;

}  // namespace

void PalettePopup::draw(const Actions& actions, const Look& look) {
  if (opening_) {
    ImGui::OpenPopup("Commands");
    typed_.clear();
    chosen_ = 0;
  }
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float width = std::min(look.px(520), screen.x - look.px(24));
  ImGui::SetNextWindowPos({(screen.x - width) / 2, look.px(60)});
  ImGui::SetNextWindowSize({width, 0});
  if (!ImGui::BeginPopup("Commands")) {
    opening_ = false;
    return;
  }
  if (opening_) ImGui::SetKeyboardFocusHere();
  opening_ = false;
  ImGui::SetNextItemWidth(-1);
  if (ImGui::InputTextWithHint("##typed", "Type what you want to do", &typed_)) chosen_ = 0;

  std::vector<std::string> names;
  names.reserve(actions.size());
  for (const Action& action : actions) names.push_back(action.name);
  const std::vector<std::size_t> found = view::matching(typed_, names);
  if (!found.empty()) {
    if (ImGui::IsKeyPressed(number_of({.key = "Down"}))) ++chosen_;
    if (ImGui::IsKeyPressed(number_of({.key = "Up"})) && chosen_ > 0) --chosen_;
    chosen_ = std::min({chosen_, found.size() - 1, kMostShown - 1});
  }
  const Action* wanted = nullptr;
  for (std::size_t at = 0; at < std::min(found.size(), kMostShown); ++at) {
    const Action& action = actions[found[at]];
    ImGui::PushID(static_cast<int>(at));
    if (ImGui::Selectable("##row", at == chosen_)) wanted = &action;
    ImGui::SameLine(ImGui::GetStyle().WindowPadding.x);
    text(action.name);
    if (!action.keys.empty()) {
      ImGui::SameLine();
      ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::faint));
      text_right(action.keys);
      ImGui::PopStyleColor();
    }
    ImGui::PopID();
  }
  if (found.empty()) text(look, Paint::faint, "Nothing is called that");
  if (ImGui::IsKeyPressed(number_of({.key = "Enter"})) && !found.empty()) wanted = &actions[found[chosen_]];
  if (wanted != nullptr || ImGui::IsKeyPressed(number_of({.key = "Escape"}))) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
  if (wanted != nullptr) wanted->run();
}

}  // namespace loopscope::gui
