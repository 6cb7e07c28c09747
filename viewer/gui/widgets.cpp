#include "viewer/gui/widgets.h"

#include <algorithm>
#include <string>
#include <vector>

#include <imgui.h>
#include <imgui_stdlib.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"

namespace loopscope::gui {
namespace {

// The widest beginning and end of `words` that fit, with dots between.
std::string cut_to(float width, const std::string& words) {
  const auto fits = [&](std::size_t head, std::size_t tail) {
    return ImGui::CalcTextSize((words.substr(0, head) + "..." + words.substr(words.size() - tail)).c_str())
               .x <= width;
  };
  // A character is never cut: it goes as a whole, however many bytes it has.
  const auto to_border = [&](std::size_t at) {
    while (at < words.size() && (static_cast<unsigned char>(words[at]) & 0xc0U) == 0x80U) ++at;
    return at;
  };
  std::size_t least = 0;
  std::size_t most = words.size();
  while (least + 1 < most) {
    const std::size_t kept = (least + most) / 2;
    (fits(kept - kept * 2 / 3, kept * 2 / 3) ? least : most) = kept;
  }
  const std::size_t tail = least * 2 / 3;
  std::size_t head = least - tail;
  while (head > 0 && (static_cast<unsigned char>(words[head]) & 0xc0U) == 0x80U) --head;
  return words.substr(0, head) + "..." + words.substr(to_border(words.size() - tail));
}

}  // namespace

void text(std::string_view words) {
  const std::string shown = printable_text(words);
  ImGui::TextUnformatted(shown.data(), shown.data() + shown.size());
}

void text(const Look& look, Paint paint, std::string_view words) {
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(paint));
  text(words);
  ImGui::PopStyleColor();
}

void text_within(float width, std::string_view words) {
  const std::string shown = printable_text(words);
  if (ImGui::CalcTextSize(shown.c_str()).x <= width) {
    ImGui::TextUnformatted(shown.c_str());
    return;
  }
  ImGui::TextUnformatted(cut_to(width, shown).c_str());
  tooltip(shown);
}

void text_right(std::string_view words) {
  const std::string shown = printable_text(words);
  const float room = ImGui::GetContentRegionAvail().x - ImGui::CalcTextSize(shown.c_str()).x;
  if (room > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + room);
  ImGui::TextUnformatted(shown.c_str());
}

void tooltip(std::string_view words) {
  if (!ImGui::IsItemHovered()) return;
  const std::string shown = printable_text(words);
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(ImGui::GetFontSize() * 40);
  ImGui::TextUnformatted(shown.c_str());
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

void sparkline(const Look& look, ImVec2 size, std::span<const float> values, Paint paint) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy(size);
  if (values.size() < 2 || !ImGui::IsItemVisible()) return;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float most = std::max(*std::max_element(values.begin(), values.end()), 1e-9F);
  std::vector<ImVec2> points;
  points.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float share = std::clamp(values[i] / most, 0.0F, 1.0F);
    points.emplace_back(at.x + size.x * static_cast<float>(i) / static_cast<float>(values.size() - 1),
                        at.y + size.y - 1 - share * (size.y - 2));
  }
  draw.AddLine({at.x, at.y + size.y}, {at.x + size.x, at.y + size.y}, look.paint(Paint::grid));
  draw.AddPolyline(points.data(), static_cast<int>(points.size()), look.paint(paint), 0, look.px(1.2F));
}

bool search_box(const char* label, std::string& words, const char* hint, float width) {
  ImGui::PushID(label);
  ImGui::SetNextItemWidth(width);
  bool changed = ImGui::InputTextWithHint("##words", hint, &words);
  if (!words.empty()) {
    ImGui::SameLine(0, ImGui::GetStyle().ItemInnerSpacing.x);
    if (ImGui::SmallButton("x")) {
      words.clear();
      changed = true;
    }
    tooltip("Show all again");
  }
  ImGui::PopID();
  return changed;
}

void source_link(view::Workspace& workspace, const Look& look, const model::Frame& frame) {
  const std::string place = detect::position_text(frame);
  ImGui::PushID(&frame);
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(frame.file.empty() ? Paint::faint : Paint::accent));
  text(place);
  ImGui::PopStyleColor();
  if (!frame.file.empty()) {
    if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    tooltip("Show " + frame.file + ":" + std::to_string(frame.line));
    if (ImGui::IsItemClicked()) workspace.open_source({frame.file, frame.line, detect::function_text(frame)});
  }
  ImGui::PopID();
}

void nothing_here(const Look& look, std::string_view sentence, std::string_view advice) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const std::string first = printable_text(sentence);
  const std::string second = printable_text(advice);
  const float wrap = std::min(room.x, look.px(520));
  const ImVec2 first_size = ImGui::CalcTextSize(first.c_str(), nullptr, false, wrap);
  const ImVec2 second_size = ImGui::CalcTextSize(second.c_str(), nullptr, false, wrap);
  const float top = ImGui::GetCursorPosY() + std::max(0.0F, (room.y - first_size.y - second_size.y) / 2.5F);
  const auto centred = [&](const std::string& words, ImVec2 size, float y, Paint paint) {
    const float left = ImGui::GetStyle().WindowPadding.x + std::max(0.0F, (room.x - size.x) / 2);
    ImGui::SetCursorPos({left, y});
    ImGui::PushTextWrapPos(left + wrap);
    text(look, paint, words);
    ImGui::PopTextWrapPos();
  };
  centred(first, first_size, top, Paint::text);
  centred(second, second_size, top + first_size.y + look.px(6), Paint::faint);
}

}  // namespace loopscope::gui
