#include "viewer/gui/flame_chart.h"

#include <algorithm>
#include <cmath>
#include <stop_token>
#include <utility>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/widgets.h"
#include "viewer/view/tab_text.h"

namespace loopscope::gui {
namespace {

using Kind = view::FlameNode::Kind;

constexpr float kSearchWidth = 120;   // at scale 1
constexpr float kNarrowestText = 22;  // pixels at scale 1: two letters

Paint paint_of(Kind kind) {
  switch (kind) {
    case Kind::all: return Paint::border;
    case Kind::loop: return Paint::busy;
    case Kind::task: return Paint::span;
    case Kind::function: return Paint::stall;
    case Kind::library: return Paint::lag;
    case Kind::missing: return Paint::poll;
  }
  return Paint::border;
}

const char* words_of(Kind kind) {
  switch (kind) {
    case Kind::all: return "everything that is selected";
    case Kind::loop: return "a loop, or a thread off any loop";
    case Kind::task: return "the task whose span was open, by where it was created";
    case Kind::function: return "";
    case Kind::library: return "of the system or of a library";
    case Kind::missing: return "time of which nothing more is known";
  }
  return "";
}

const report::ProfileFrame* frame_of(const view::Flame& flame, const report::StallProfiles& profiles,
                                     std::uint32_t node) {
  if (node >= flame.nodes.size() || flame.nodes[node].frame >= profiles.frames.size()) return nullptr;
  return &profiles.frames[flame.nodes[node].frame];
}

std::string exactly(Nanos time) { return duration_text(time) + " (" + view::ms_text(time) + " ms)"; }

}  // namespace

void FlameChart::draw_switches(const Look& look) {
  if (ImGui::SmallButton(root_on_top_ ? "Root on top" : "Root below")) {
    root_on_top_ = !root_on_top_;
    scroll_to_focus_ = true;
  }
  tooltip("Turn the picture: callers above what they call (icicle), or below it (flame)");
  ImGui::SameLine();
  ImGui::BeginDisabled(focus_ == 0);
  if (ImGui::SmallButton("Zoom out")) zoom_to(0);
  ImGui::EndDisabled();
  search_box("find in flame graph", search_words_, "Find functions", look.px(kSearchWidth));
  if (flame_ == nullptr || flame_->empty()) return;
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  draw_notes(look);
}

void FlameChart::search() {
  search_.reset();
  if (search_words_.empty()) return;
  const SearchKey key{flame_, search_words_};
  const auto found = prepared_search_.latest(
      key, [key](const std::stop_token&) { return view::search_flame(*key.flame, key.words); });
  if (prepared_search_.is_of(key)) search_ = found;
}

void FlameChart::zoom_to(std::uint32_t node) {
  if (flame_ == nullptr || node >= flame_->nodes.size()) return;
  focus_ = node;
  focus_path_ = view::path_of(*flame_, node);
  laid_out_for_ = 0;
  scroll_to_focus_ = true;
}

float FlameChart::top_of(std::uint32_t depth, float height, float row) const {
  const float from_root = static_cast<float>(depth) * row;
  return root_on_top_ ? from_root : height - from_root - row;
}

void FlameChart::draw(view::Workspace& workspace, const Look& look,
                      const std::shared_ptr<const view::Flame>& flame,
                      const report::StallProfiles& profiles) {
  if (flame != flame_) {
    flame_ = flame;
    focus_ = view::follow_path(*flame_, focus_path_);
    laid_out_for_ = 0;
  }
  search();
  if (flame_->empty()) {
    nothing_here(look, "No stall lies within what is selected.",
                 "Select another stretch of time, or all of it.");
    return;
  }
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::BeginChild("boxes", {0, 0}, false, ImGuiWindowFlags_AlwaysVerticalScrollbar);
  ImGui::PopStyleVar();
  const float width = std::floor(ImGui::GetContentRegionAvail().x);
  if (width != laid_out_for_ && width > 0) {
    layout_ = view::lay_out(*flame_, focus_, static_cast<double>(width));
    laid_out_for_ = width;
  }
  const float row = std::round(ImGui::GetFontSize() + look.px(3));
  const float view_height = ImGui::GetWindowHeight();
  const float height = std::max(view_height, static_cast<float>(layout_.depth + 1) * row);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::InvisibleButton("picture", {std::max(width, 1.0F), height});
  const view::FlameBox* hovered = nullptr;
  if (ImGui::IsItemHovered()) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const float from_root = root_on_top_ ? mouse.y - at.y : height - (mouse.y - at.y);
    if (from_root >= 0) {
      hovered = layout_.box_at(static_cast<std::uint32_t>(from_root / row),
                               static_cast<double>(mouse.x - at.x) / static_cast<double>(width));
    }
  }
  if (scroll_to_focus_) {
    // With its callers still in sight, since a click on one of them leads back.
    const float focus_top = top_of(flame_->nodes[focus_].depth, height, row);
    ImGui::SetScrollY(root_on_top_ ? focus_top - 2 * row : focus_top + 3 * row - view_height);
    scroll_to_focus_ = false;
  }
  draw_boxes(look, at, {width, height}, hovered);
  if (hovered != nullptr) {
    const std::uint32_t node = hovered->node;
    draw_tooltip(look, profiles, node);
    const report::ProfileFrame* frame = frame_of(*flame_, profiles, node);
    if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
      if (frame != nullptr && !frame->file.empty())
        workspace.open_source({frame->file, frame->line, frame->name});
    } else if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
      zoom_to(node);
    } else if (ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
      menu_node_ = node;
      ImGui::OpenPopup("of a box");
    }
  }
  draw_menu(workspace, profiles);
  ImGui::EndChild();
}

void FlameChart::draw_notes(const Look& look) const {
  const view::SelectedSamples& of = flame_->of;
  std::string words;
  if (search_ != nullptr) {
    words = fmt::format("found {}, {}", duration_text(search_->weight),
                        percent_text(static_cast<double>(search_->weight) / static_cast<double>(of.total)));
  } else {
    words = fmt::format("{} in {}", duration_text(of.total), plural_text(of.stalls, "stall", "stalls"));
    if (of.not_sampled > 0) words += fmt::format(", {} not sampled", duration_text(of.not_sampled));
  }
  if (layout_.left_out > 0 && laid_out_for_ > 0)
    words += fmt::format(", {} too narrow", plural_text(layout_.left_out, "box", "boxes"));
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::faint));
  text_within(ImGui::GetContentRegionAvail().x, words);
  ImGui::PopStyleColor();
}

void FlameChart::draw_boxes(const Look& look, ImVec2 at, ImVec2 size, const view::FlameBox* hovered) const {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float row = std::round(ImGui::GetFontSize() + look.px(3));
  const ImVec2 clip_from = draw.GetClipRectMin();
  const ImVec2 clip_to = draw.GetClipRectMax();
  const float font = ImGui::GetFontSize();
  // What is beyond the right edge is clipped, but the letters would be made.
  const float narrowest_letter = std::max(font * 0.2F, 1.0F);
  for (const view::FlameBox& box : layout_.boxes) {
    const float top = at.y + top_of(box.depth, size.y, row);
    if (top + row < clip_from.y || top > clip_to.y) continue;
    const float left = at.x + static_cast<float>(box.x) * size.x;
    const float right = at.x + static_cast<float>(box.x + box.width) * size.x;
    const view::FlameNode& node = flame_->nodes[box.node];
    // Dim by what is searched, or because it is only around the focus; text stays readable on each.
    float alpha = box.outside ? 0.2F : 0.45F;
    const bool found = search_ != nullptr && box.node != 0 && search_->is_match(node);
    if (search_ != nullptr) alpha = found ? 0.8F : 0.15F;
    if (&box == hovered) alpha = std::min(alpha + 0.2F, 1.0F);
    const float gap = right - left > 3 ? 1.0F : 0.0F;
    const ImVec2 from{left, top};
    const ImVec2 to{std::max(right - gap, left + 0.5F), top + row - 1};
    draw.AddRectFilled(from, to, with_alpha(look.paint(paint_of(node.kind)), alpha));
    if (&box == hovered) draw.AddRect(from, to, look.paint(Paint::accent));
    if (right - left < look.px(kNarrowestText)) continue;
    const std::string_view name = flame_->name(box.node);
    const auto most = static_cast<std::size_t>((right - left) / narrowest_letter) + 4;
    const std::string shown = printable_text(name.substr(0, most));
    const ImVec4 clip{left + look.px(2), top, right - look.px(2), top + row};
    draw.AddText(ImGui::GetFont(), font, {left + look.px(3), top + look.px(1)},
                 look.paint(box.outside && !found ? Paint::faint : Paint::text), shown.data(),
                 shown.data() + shown.size(), 0, &clip);
  }
}

void FlameChart::draw_tooltip(const Look& look, const report::StallProfiles& profiles,
                              std::uint32_t at) const {
  const view::FlameNode& node = flame_->nodes[at];
  const report::ProfileFrame* frame = frame_of(*flame_, profiles, at);
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(ImGui::GetFontSize() * 36);
  text(flame_->name(at));
  if (frame != nullptr && !frame->file.empty()) {
    const std::string line = frame->line == 0 ? "" : ":" + std::to_string(frame->line);
    text(look, Paint::accent, frame->file + line);
  }
  if (const char* kind = words_of(node.kind); *kind != '\0') text(look, Paint::faint, kind);
  text("total " + exactly(node.weight) + ", " + percent_text(flame_->share(at)) + " of what is selected");
  text("self " + exactly(node.self));
  text(plural_text(node.samples, "sample", "samples"));
  text(look, Paint::faint,
       frame != nullptr && !frame->file.empty() ? "Click to zoom, double click for the source"
                                                : "Click to zoom");
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

void FlameChart::draw_menu(view::Workspace& workspace, const report::StallProfiles& profiles) {
  if (!ImGui::BeginPopup("of a box")) return;
  if (menu_node_ < flame_->nodes.size()) {
    const report::ProfileFrame* frame = frame_of(*flame_, profiles, menu_node_);
    const bool placed = frame != nullptr && !frame->file.empty();
    if (ImGui::MenuItem("Open source", nullptr, false, placed))
      workspace.open_source({frame->file, frame->line, frame->name});
    if (ImGui::MenuItem("Zoom here")) zoom_to(menu_node_);
    if (ImGui::MenuItem("Zoom out", nullptr, false, focus_ != 0)) zoom_to(0);
    if (ImGui::MenuItem("Find it everywhere")) {
      search_words_ = flame_->name(menu_node_);
    }
    if (ImGui::MenuItem("Copy name")) ImGui::SetClipboardText(std::string(flame_->name(menu_node_)).c_str());
  }
  ImGui::EndPopup();
}

}  // namespace loopscope::gui
