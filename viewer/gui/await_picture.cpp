#include "viewer/gui/await_picture.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/gui/widgets.h"
#include "viewer/view/task_life.h"

namespace loopscope::gui {
namespace {

std::string short_text(const model::Trace& trace, model::TaskIndex task) {
  const model::SiteIndex site = trace.tasks.site(task);
  const model::Frame* const frame =
      site < trace.sites.size() ? detect::shown_frame(trace.sites[site]) : nullptr;
  return fmt::format("#{} {}", trace.tasks.id(task),
                     frame == nullptr ? "" : detect::short_function_text(*frame));
}

// Colours alone tell nothing to many people: what is over is thin as well, a cycle is thick.
void draw_arrow(ImDrawList& draw, const Look& look, const view::AwaitArrow& arrow, ImVec2 from, ImVec2 to) {
  const ImU32 colour = arrow.in_cycle ? look.paint(Paint::critical)
                       : arrow.open   ? look.paint(Paint::accent)
                                      : with_alpha(look.paint(Paint::faint), 0.6F);
  const float width = look.px(arrow.in_cycle ? 2.5F : arrow.open ? 1.6F : 1.0F);
  const float bend = std::max(look.px(24), (to.x - from.x) / 2);
  draw.AddBezierCubic(from, {from.x + bend, from.y}, {to.x - bend, to.y}, to, colour, width, 16);
  const float tip = look.px(5);
  draw.AddTriangleFilled({to.x - tip, to.y - tip * 0.7F}, to, {to.x - tip, to.y + tip * 0.7F}, colour);
}

}  // namespace

void draw_awaits(view::Workspace& workspace, const Look& look, const view::AwaitGraph& graph) {
  const model::Trace& trace = workspace.trace();
  const ImVec2 box{look.px(128), ImGui::GetTextLineHeight() + look.px(6)};
  const ImVec2 step{box.x + look.px(42), box.y + look.px(7)};
  const float margin = look.px(8);
  const auto layers = static_cast<float>(graph.last_layer - graph.first_layer + 1);
  const float height = std::min(static_cast<float>(graph.most_rows) * step.y + margin * 2, look.px(180));
  ImGui::BeginChild("awaits", {0, height + ImGui::GetStyle().ScrollbarSize}, false,
                    ImGuiWindowFlags_HorizontalScrollbar);
  // A task that is new here stands in the middle; then the scrollbars are the person's.
  const ImGuiID kept = ImGui::GetID("task");
  const auto task = graph.nodes.empty() ? -1 : static_cast<int>(graph.nodes.front().task);
  if (ImGui::GetStateStorage()->GetInt(kept, -1) != task) {
    ImGui::GetStateStorage()->SetInt(kept, task);
    const float middle = margin + static_cast<float>(-graph.first_layer) * step.x + box.x / 2;
    ImGui::SetScrollX(std::max(0.0F, middle - ImGui::GetWindowWidth() / 2));
    ImGui::SetScrollY(0);
  }
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  const ImVec2 clip = ImGui::GetWindowPos();
  const ImVec2 clip_size = ImGui::GetWindowSize();
  const auto corner = [&](const view::AwaitNode& node) {
    return ImVec2{origin.x + margin + static_cast<float>(node.layer - graph.first_layer) * step.x,
                  origin.y + margin + static_cast<float>(node.row) * step.y};
  };
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  for (const view::AwaitArrow& arrow : graph.arrows) {
    if (arrow.from >= graph.nodes.size() || arrow.to >= graph.nodes.size()) continue;
    const ImVec2 from = corner(graph.nodes[arrow.from]);
    const ImVec2 to = corner(graph.nodes[arrow.to]);
    draw_arrow(draw, look, arrow, {from.x + box.x, from.y + box.y / 2}, {to.x, to.y + box.y / 2});
  }
  const view::AwaitNode* clicked = nullptr;
  for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
    const view::AwaitNode& node = graph.nodes[at];
    const ImVec2 place = corner(node);
    const bool seen = place.x < clip.x + clip_size.x && place.x + box.x > clip.x &&
                      place.y < clip.y + clip_size.y && place.y + box.y > clip.y;
    if (!seen || node.task >= trace.tasks.size()) continue;
    const ImVec2 end{place.x + box.x, place.y + box.y};
    draw.AddRectFilled(place, end, look.paint(at == 0 ? Paint::selected : Paint::raised), look.px(3));
    draw.AddRect(place, end, look.paint(node.in_cycle ? Paint::critical : Paint::border), look.px(3), 0,
                 node.in_cycle ? look.px(2) : 1);
    ImGui::SetCursorScreenPos(place);
    ImGui::PushID(static_cast<int>(at));
    if (ImGui::InvisibleButton("node", box)) clicked = &node;
    std::string words = view::task_text(trace, node.task);
    if (trace.tasks.pending(node.task)) words += ", pending";
    if (node.in_cycle) words += ", waits for itself";
    if (node.unshown != 0) words += ", and " + count_text(node.unshown) + " more here that are not shown";
    tooltip(words);
    draw.PushClipRect(place, end, true);
    ImGui::SetCursorScreenPos({place.x + look.px(5), place.y + look.px(3)});
    text(look, trace.tasks.pending(node.task) ? Paint::text : Paint::faint, short_text(trace, node.task));
    draw.PopClipRect();
    ImGui::PopID();
  }
  ImGui::SetCursorScreenPos(origin);
  ImGui::Dummy(
      {margin * 2 + (layers - 1) * step.x + box.x, margin + static_cast<float>(graph.most_rows) * step.y});
  ImGui::EndChild();
  if (graph.cut) text(look, Paint::faint, "There are more waits than fit here");
  if (clicked != nullptr) workspace.select_task(clicked->task);
}

}  // namespace loopscope::gui
