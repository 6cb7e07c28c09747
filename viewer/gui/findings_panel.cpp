#include "viewer/gui/findings_panel.h"

#include <algorithm>

#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/widgets.h"
#include "viewer/gui/window.h"

namespace loopscope::gui {
namespace {

// Curves over fewer tasks are made before the frame goes on.
constexpr std::size_t kTasksAtOnce = 200'000;

Paint paint_of(detect::Severity severity) {
  switch (severity) {
    case detect::Severity::critical: return Paint::critical;
    case detect::Severity::warning: return Paint::warning;
    case detect::Severity::info: return Paint::info;
  }
  return Paint::info;
}

Paint paint_of(view::Curve::Kind kind) {
  switch (kind) {
    case view::Curve::Kind::blocked: return Paint::stall;
    case view::Curve::Kind::pending: return Paint::pending;
    case view::Curve::Kind::lag: return Paint::lag;
    case view::Curve::Kind::busy: return Paint::busy;
    case view::Curve::Kind::none: return Paint::faint;
  }
  return Paint::faint;
}

const char* caption_of(view::Curve::Kind kind) {
  switch (kind) {
    case view::Curve::Kind::blocked: return "blocked over time";
    case view::Curve::Kind::pending: return "pending over time";
    case view::Curve::Kind::lag: return "worst lag over time";
    case view::Curve::Kind::busy: return "busy over time";
    case view::Curve::Kind::none: return "";
  }
  return "";
}

void wrapped(const Look& look, Paint paint, const std::string& words) {
  ImGui::PushTextWrapPos(0);
  gui::text(look, paint, words);
  ImGui::PopTextWrapPos();
}

}  // namespace

void FindingsPanel::prepare(const view::Workspace& workspace) {
  if (generation_ == workspace.generation()) {
    curves_.take();
    return;
  }
  generation_ = workspace.generation();
  const std::shared_ptr<const Analysis> analysis = workspace.analysis();
  cards_ = view::finding_cards(*analysis);
  // The old curves would stand beside the new findings.
  curves_.clear();
  curves_.start([analysis](const std::stop_token& stop) { return view::pending_curves(*analysis, stop); },
                Window::wake, analysis->trace.tasks.size() < kTasksAtOnce);
}

void FindingsPanel::draw(view::Workspace& workspace, const Look& look) {
  prepare(workspace);
  draw_process(look);
  if (cards_.cards.empty()) {
    ImGui::Spacing();
    wrapped(look, Paint::good, "Nothing is wrong with what was recorded.");
    wrapped(look, Paint::faint,
            "Look at the timeline for when the loops were busy, and at Tasks for what is pending.");
  }
  for (const view::FindingCard& card : cards_.cards) draw_card(workspace, look, card);
  selected_ = workspace.selection().finding;
}

void FindingsPanel::draw_process(const Look& look) const {
  const view::ProcessFacts& process = cards_.process;
  ImGui::PushTextWrapPos(0);
  ImGui::PushFont(look.bold);
  gui::text(cards_.headline);
  ImGui::PopFont();
  ImGui::PopTextWrapPos();
  text_within(ImGui::GetContentRegionAvail().x, process.command_line);
  std::string facts = process.duration + ", " + process.events;
  if (!process.lost_events.empty()) facts += ", " + process.lost_events;
  wrapped(look, Paint::faint, facts + ", " + process.end);
  if (!process.recording.empty()) {
    // Wrapping would tear numbers apart at their commas.
    ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::faint));
    text_within(ImGui::GetContentRegionAvail().x, process.recording);
    ImGui::PopStyleColor();
  }
  for (const std::string& remark : cards_.remarks) wrapped(look, Paint::warning, remark);
  ImGui::Spacing();
}

void FindingsPanel::draw_curve(const Look& look, const view::FindingCard& card, float width) const {
  const std::vector<float>* values = &card.curve.values;
  if (card.curve.kind == view::Curve::Kind::pending && curves_.value() != nullptr &&
      card.finding < curves_.value()->size()) {
    values = &(*curves_.value())[card.finding].values;
  }
  if (values->empty()) return;
  sparkline(look, {width, look.px(26)}, *values, paint_of(card.curve.kind));
  tooltip(caption_of(card.curve.kind));
}

void FindingsPanel::draw_card(view::Workspace& workspace, const Look& look, const view::FindingCard& card) {
  const bool selected = workspace.selection().finding == card.finding;
  const float margin = look.px(10);
  const float width = ImGui::GetContentRegionAvail().x;
  ImGui::PushID(static_cast<int>(card.finding));
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.ChannelsSplit(2);
  draw.ChannelsSetCurrent(1);
  const ImVec2 from = ImGui::GetCursorScreenPos();
  ImGui::SetCursorScreenPos({from.x + margin, from.y + look.px(7)});
  ImGui::BeginGroup();
  const float inner = width - 2 * margin;
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + inner);
  gui::text(look, paint_of(card.severity), detect::name_of(card.severity));
  ImGui::SameLine();
  gui::text(look, Paint::faint, card.detector);
  ImGui::PushFont(look.bold);
  gui::text(card.title);
  ImGui::PopFont();
  if (!card.place.empty()) {
    if (card.frame.file.empty()) {
      gui::text(look, Paint::faint, card.place);
    } else {
      gui::text(look, Paint::accent, card.place);
      if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
      tooltip("Show " + card.frame.file);
      if (ImGui::IsItemClicked()) {
        workspace.select_finding(card.finding);
        workspace.open_source({card.frame.file, card.frame.line, card.frame.function});
      }
    }
  }
  ImGui::PushStyleColor(ImGuiCol_Button, look.paint(Paint::selected));
  const bool wanted = ImGui::Button("Show me");
  ImGui::PopStyleColor();
  if (wanted) workspace.show_finding(card.finding);
  tooltip("Moves the timeline and the panels to it");
  if (!card.price.empty()) {
    ImGui::SameLine();
    gui::text(look, paint_of(card.severity), card.price);
  }
  draw_curve(look, card, inner);
  // Others are short, so that one sees how many there are.
  if (selected) {
    const float column = inner / 2;
    for (std::size_t at = 0; at < card.evidence.size(); ++at) {
      const auto& [name, number] = card.evidence[at];
      const float left = ImGui::GetCursorPosX();
      gui::text(look, Paint::faint, name);
      ImGui::SameLine(left + column - (left - ImGui::GetStyle().WindowPadding.x) + margin);
      gui::text(number);
    }
    ImGui::Spacing();
    gui::text(card.advice);
  }
  ImGui::PopTextWrapPos();
  ImGui::EndGroup();
  const float bottom = ImGui::GetItemRectMax().y + look.px(7);
  draw.ChannelsSetCurrent(0);
  draw.AddRectFilled(from, {from.x + width, bottom}, look.paint(Paint::raised), look.px(3));
  draw.AddRectFilled(from, {from.x + look.px(4), bottom}, look.paint(paint_of(card.severity)), look.px(2));
  if (selected) draw.AddRect(from, {from.x + width, bottom}, look.paint(Paint::accent), look.px(3));
  draw.ChannelsMerge();
  ImGui::SetCursorScreenPos({from.x, bottom + look.px(6)});
  if (selected && selected_ != card.finding) ImGui::SetScrollFromPosY(from.y - ImGui::GetWindowPos().y, 0.1F);
  ImGui::PopID();
}

std::string FindingsPanel::text(const view::Workspace& workspace) {
  prepare(workspace);
  return view::cards_text(cards_);
}

}  // namespace loopscope::gui
