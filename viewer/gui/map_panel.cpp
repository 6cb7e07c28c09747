#include "viewer/gui/map_panel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/widgets.h"
#include "viewer/report/columns.h"
#include "viewer/view/site_filter.h"

namespace loopscope::gui {
namespace {

using view::MapEdge;
using view::MapGroup;
using view::MapNode;
using view::SiteMap;

constexpr float kNearest = 40;  // zoom
constexpr float kWheelStep = 1.2F;
constexpr float kFaint = 0.22F;   // what the filter does not find
constexpr int kCurvePieces = 14;  // of an arrow: few enough for 16 bits of indices
constexpr float kBend = 0.13F;    // of an arrow's length: there and back are two arrows
constexpr std::size_t kEdgesInTooltip = 3;

ImVec2 operator+(ImVec2 a, ImVec2 b) { return {a.x + b.x, a.y + b.y}; }
ImVec2 operator-(ImVec2 a, ImVec2 b) { return {a.x - b.x, a.y - b.y}; }
ImVec2 operator*(ImVec2 a, float by) { return {a.x * by, a.y * by}; }
float length_of(ImVec2 a) { return std::hypot(a.x, a.y); }
ImVec2 unit(ImVec2 a) {
  const float length = length_of(a);
  return length > 0 ? a * (1 / length) : ImVec2{1, 0};
}

Paint paint_of(detect::Severity severity) {
  return severity == detect::Severity::critical  ? Paint::critical
         : severity == detect::Severity::warning ? Paint::warning
                                                 : Paint::info;
}

// As much of a name as fits; names are hostile and may be long.
std::string fitted(const std::string& name, float width, bool path) {
  const float column = std::max(ImGui::CalcTextSize("abcdefghijklm").x / 13, 1.0F);
  const auto columns = static_cast<std::size_t>(std::clamp(width / column, 0.0F, 400.0F));
  if (columns < 4) return "";
  const std::string safe = printable_text(name);
  return path ? report::shorten_path(safe, columns) : report::shorten_name(safe, columns);
}

}  // namespace

MapPanel::Made::Order MapPanel::order_of(const view::Workspace& workspace) {
  return {workspace.trace().path, workspace.generation()};
}

MapPanel::Made::Make MapPanel::make_of(const view::Workspace& workspace) {
  return [analysis = workspace.analysis()](const std::stop_token& stop) {
    return view::site_map(*analysis, stop);
  };
}

std::string MapPanel::text(const view::Workspace& workspace) {
  return "Map\n" + view::map_text(*made_.now(order_of(workspace), make_of(workspace)));
}

void MapPanel::draw(view::Workspace& workspace, const Look& look) {
  const std::shared_ptr<const SiteMap> map = made_.latest(order_of(workspace), make_of(workspace));
  if (map == nullptr) {
    nothing_here(look, "The map is being made", "It takes a look at every task once.");
    return;
  }
  if (map->nodes.empty()) {
    nothing_here(look, "No task was created in this trace",
                 "Record a program that uses its event loop, from its start.");
    return;
  }
  find_matches(workspace, map);
  draw_canvas(workspace, look, *map);
}

void MapPanel::find_matches(const view::Workspace& workspace, const std::shared_ptr<const SiteMap>& map) {
  if (matching_of_ == map && matching_words_ == workspace.filter()) return;
  // Sites of another state of the trace have other numbers.
  if (made_.made_of()->generation != workspace.generation()) return;
  view::Workspace filtered = workspace;
  filtered.clear_selection();
  matching_ = view::nodes_matching(*map, view::dim_sites(filtered));
  matching_of_ = map;
  matching_words_ = workspace.filter();
}

MapPanel::Camera MapPanel::move_camera(ImVec2 from, ImVec2 size) {
  const ImVec2 middle = from + size * 0.5F;
  const float whole = std::max(std::min(size.x, size.y / SiteMap::kHeight), 1.0F);
  const ImGuiIO& io = ImGui::GetIO();
  if (ImGui::IsItemHovered() && io.MouseWheel != 0) {
    // What is under the pointer stays there.
    const ImVec2 off = (io.MousePos - middle) * (1 / (whole * zoom_));
    const float before = zoom_;
    zoom_ = std::clamp(zoom_ * std::pow(kWheelStep, io.MouseWheel), 1.0F, kNearest);
    looks_at_ = looks_at_ + off * (1 - before / zoom_);
  }
  if (ImGui::IsItemActive() && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 3)) {
    looks_at_ = looks_at_ - io.MouseDelta * (1 / (whole * zoom_));
  }
  looks_at_.x = std::clamp(looks_at_.x, 0.0F, 1.0F);
  looks_at_.y = std::clamp(looks_at_.y, 0.0F, SiteMap::kHeight);
  if (zoom_ <= 1) looks_at_ = {0.5F, SiteMap::kHeight / 2};
  return {middle, looks_at_, whole * zoom_};
}

std::uint32_t MapPanel::node_under_pointer(const SiteMap& map, const Camera& camera, const Look& look) const {
  if (!ImGui::IsItemHovered()) return SiteMap::kNoNode;
  const ImVec2 pointer = ImGui::GetIO().MousePos;
  std::uint32_t nearest = SiteMap::kNoNode;
  float least = 0;
  for (std::uint32_t index = 0; index < map.nodes.size(); ++index) {
    const MapNode& node = map.nodes[index];
    const float radius = std::max(node.radius * camera.pixels, look.px(7));
    const ImVec2 at = camera.of(node.x, node.y);
    const float distance = length_of(pointer - at);
    const bool on_label = pointer.y >= at.y && pointer.y < at.y + radius + ImGui::GetTextLineHeight() &&
                          std::abs(pointer.x - at.x) < look.px(30);
    if (distance > radius && !on_label) continue;
    if (nearest == SiteMap::kNoNode || distance < least) nearest = index, least = distance;
  }
  return nearest;
}

void MapPanel::draw_canvas(view::Workspace& workspace, const Look& look, const SiteMap& map) {
  const float legend = ImGui::GetTextLineHeightWithSpacing() + look.px(4);
  const ImVec2 from = ImGui::GetCursorScreenPos();
  ImVec2 size = ImGui::GetContentRegionAvail();
  size.y -= legend;
  if (size.x < look.px(40) || size.y < look.px(40)) return;
  ImGui::InvisibleButton("canvas", size);
  const Camera camera = move_camera(from, size);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  Scene scene{map, look, camera, draw};
  scene.hovered = node_under_pointer(map, camera, look);
  const bool current = made_.made_of()->generation == workspace.generation();
  if (const auto& site = workspace.selection().site; current && site && *site < map.node_of_site.size())
    scene.selected = map.node_of_site[*site];

  if (ImGui::IsItemHovered()) {
    const ImGuiIO& io = ImGui::GetIO();
    const bool clicked = ImGui::IsMouseReleased(ImGuiMouseButton_Left) &&
                         io.MouseDragMaxDistanceSqr[ImGuiMouseButton_Left] < 9;
    const bool twice = ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left);
    if (scene.hovered != SiteMap::kNoNode) {
      const MapNode& node = map.nodes[scene.hovered];
      ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
      if (twice && !node.filter.empty()) workspace.set_filter(node.filter);
      if (clicked && current && !node.folded) workspace.select_site(node.site);
    } else if (twice) {
      zoom_ = 1;
    }
  }

  draw.PushClipRect(from, from + size, true);
  draw_groups(scene);
  draw_edges(scene);
  draw_nodes(scene);
  draw.PopClipRect();
  draw_legend(scene, {from.x, from.y + size.y + look.px(4)}, size.x);
  if (scene.hovered != SiteMap::kNoNode && !ImGui::IsMouseDown(ImGuiMouseButton_Left)) draw_tooltip(scene);
}

void MapPanel::draw_groups(const Scene& scene) const {
  const Look& look = scene.look;
  for (std::size_t index = 0; index < scene.map.groups.size(); ++index) {
    const MapGroup& group = scene.map.groups[index];
    const ImVec2 from = scene.camera.of(group.left, group.top);
    const ImVec2 to = scene.camera.of(group.right, group.bottom);
    const ImU32 colour = look.category(static_cast<std::uint32_t>(index));
    scene.draw.AddRectFilled(from, to, with_alpha(colour, 0.07F), look.px(5));
    scene.draw.AddRect(from, to, with_alpha(colour, 0.45F), look.px(5), 0, look.px(1));
    const float room = to.x - from.x - look.px(10);
    const std::string name = fitted(group.name, room, group.own);
    scene.draw.AddText({from.x + look.px(5), from.y + look.px(2)}, look.paint(Paint::faint), name.c_str());
  }
}

void MapPanel::draw_edges(const Scene& scene) const {
  std::uint64_t most = 1;
  for (const MapEdge& edge : scene.map.edges) most = std::max(most, edge.count);
  for (const MapEdge& edge : scene.map.edges) draw_edge(scene, edge, most);
}

void MapPanel::draw_edge(const Scene& scene, const MapEdge& edge, std::uint64_t most) const {
  const Look& look = scene.look;
  const MapNode& from = scene.map.nodes[edge.from];
  const MapNode& to = scene.map.nodes[edge.to];
  const ImVec2 start = scene.camera.of(from.x, from.y);
  const ImVec2 end = scene.camera.of(to.x, to.y);
  const float length = length_of(end - start);
  if (length < 1) return;
  const ImVec2 along = unit(end - start);
  const ImVec2 bend = (start + end) * 0.5F + ImVec2{-along.y, along.x} * (length * kBend);
  const ImVec2 a = start + unit(bend - start) * (from.radius * scene.camera.pixels);
  const ImVec2 tip = end - unit(end - bend) * (to.radius * scene.camera.pixels + look.px(1));

  const auto focus = scene.hovered != SiteMap::kNoNode ? scene.hovered : scene.selected;
  const bool focused = focus == edge.from || focus == edge.to;
  float alpha = focused ? 0.95F : focus == SiteMap::kNoNode ? 0.5F : 0.25F;
  if (!matches(edge.from) && !matches(edge.to)) alpha *= kFaint;
  const Paint paint = edge.kind == MapEdge::Kind::await ? Paint::poll
                      : focused                         ? Paint::accent
                                                        : Paint::faint;
  const ImU32 colour = with_alpha(look.paint(paint), alpha);
  const float share = static_cast<float>(edge.count) / static_cast<float>(most);
  const float thickness = look.px(1 + 3 * std::sqrt(share));

  std::array<ImVec2, kCurvePieces + 1> points;
  for (int at = 0; at <= kCurvePieces; ++at) {
    const float t = static_cast<float>(at) / kCurvePieces;
    points[static_cast<std::size_t>(at)] = a * ((1 - t) * (1 - t)) + bend * (2 * t * (1 - t)) + tip * (t * t);
  }
  const float head = look.px(5) + thickness;
  const ImVec2 forward = unit(tip - bend);
  const ImVec2 across{-forward.y, forward.x};
  const ImVec2 neck = tip - forward * head;
  points.back() = neck;
  if (edge.kind == MapEdge::Kind::parent) {
    scene.draw.AddPolyline(points.data(), kCurvePieces + 1, colour, 0, thickness);
  } else {
    for (std::size_t at = 0; at + 1 < points.size(); at += 2) {
      scene.draw.AddLine(points[at], points[at + 1], colour, thickness);
    }
  }
  scene.draw.AddTriangleFilled(tip, neck + across * (head * 0.5F), neck - across * (head * 0.5F), colour);
}

void MapPanel::draw_nodes(const Scene& scene) const {
  for (std::uint32_t index = 0; index < scene.map.nodes.size(); ++index) draw_node(scene, index);
  for (std::uint32_t index = 0; index < scene.map.nodes.size(); ++index) draw_label(scene, index);
}

void MapPanel::draw_node(const Scene& scene, std::uint32_t index) const {
  const Look& look = scene.look;
  const MapNode& node = scene.map.nodes[index];
  const ImVec2 at = scene.camera.of(node.x, node.y);
  const float radius = std::max(node.radius * scene.camera.pixels, look.px(2));
  const float alpha = matches(index) ? 1.0F : kFaint;
  const ImU32 colour = look.category(node.group);
  const int corners = std::clamp(static_cast<int>(radius), 12, 64);
  scene.draw.AddCircleFilled(at, radius, look.paint(Paint::panel), corners);
  // What fires many times is pending by its nature: a ring.
  scene.draw.AddCircleFilled(at, radius, with_alpha(colour, alpha * (node.subscription ? 0.15F : 0.75F)),
                             corners);
  if (node.subscription || node.folded)
    scene.draw.AddCircle(at, radius, with_alpha(colour, alpha), corners, look.px(node.folded ? 1.0F : 2.5F));
  if (node.worst) {
    const ImU32 mark = with_alpha(look.paint(paint_of(*node.worst)), alpha);
    scene.draw.AddCircle(at, radius + look.px(2), mark, corners, look.px(2));
    if (*node.worst != detect::Severity::info) {
      const ImVec2 width = ImGui::CalcTextSize("!");
      scene.draw.AddText(look.bold, look.bold->FontSize, at - width * 0.5F,
                         with_alpha(look.paint(Paint::text), alpha), "!");
    }
  }
  if (index == scene.selected || index == scene.hovered) {
    const Paint paint = index == scene.selected ? Paint::accent : Paint::text;
    scene.draw.AddCircle(at, radius + look.px(4), look.paint(paint), corners, look.px(2));
  }
}

void MapPanel::draw_label(const Scene& scene, std::uint32_t index) const {
  const Look& look = scene.look;
  const MapNode& node = scene.map.nodes[index];
  const ImVec2 at = scene.camera.of(node.x, node.y);
  const float room = index == scene.hovered ? look.px(400) : node.label_width * scene.camera.pixels;
  const std::string name = fitted(node.name, room, false);
  const ImVec2 size = ImGui::CalcTextSize(name.c_str());
  const ImVec2 corner{at.x - size.x / 2, at.y + node.radius * scene.camera.pixels + look.px(1)};
  const float alpha = matches(index) ? 1.0F : kFaint * 1.5F;
  if (index == scene.hovered)
    scene.draw.AddRectFilled(corner - ImVec2{2, 0}, corner + size + ImVec2{2, 0}, look.paint(Paint::raised),
                             look.px(2));
  const Paint paint = node.folded ? Paint::faint : Paint::text;
  scene.draw.AddText(corner, with_alpha(look.paint(paint), alpha), name.c_str());
}

void MapPanel::draw_legend(const Scene& scene, ImVec2 from, float width) {
  const Look& look = scene.look;
  const SiteMap& map = scene.map;
  const float radius = look.px(6);
  const ImVec2 circle{from.x + radius + 1, from.y + ImGui::GetTextLineHeight() / 2};
  scene.draw.AddCircle(circle, radius, look.paint(Paint::text), 16, look.px(1.5F));
  // How much time is a circle of that size, now.
  const MapNode& any = map.nodes.front();
  const float shrunk = any.radius / view::radius_of(any.time_pending, map.most_time_pending);
  const float largest =
      view::radius_of(map.most_time_pending, map.most_time_pending) * shrunk * scene.camera.pixels;
  const double share = static_cast<double>(radius / std::max(largest, 1.0F));
  const auto time =
      static_cast<Nanos>(std::min(static_cast<double>(map.most_time_pending) * share * share, 9e18));
  std::string words = fmt::format("{} pending in all   ring: subscription   arrow: created   dashed: awaited",
                                  duration_text(time));
  if (map.edges_left_out > 0)
    words += fmt::format("   {} rarer arrows left out", count_text(map.edges_left_out));
  if (map.tasks_known_by_sums > 0)
    words += fmt::format("   read as a stream: who created {} tasks is not known",
                         count_text(map.tasks_known_by_sums));
  words += "   wheel: zoom, double click: filter by it";
  const std::string shown = fitted(words, width - 3 * radius - look.px(4), false);
  scene.draw.AddText({circle.x + radius + look.px(5), from.y}, look.paint(Paint::faint), shown.c_str());
}

void MapPanel::draw_tooltip(const Scene& scene) {
  const Look& look = scene.look;
  const SiteMap& map = scene.map;
  const MapNode& node = map.nodes[scene.hovered];
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(ImGui::GetFontSize() * 40);
  ImGui::PushFont(look.bold);
  gui::text(node.place);
  ImGui::PopFont();
  const std::string& group = map.groups[node.group].whole;
  gui::text(look, Paint::faint, node.kind.empty() ? group : node.kind + ", " + group);
  if (node.worst && *node.worst != detect::Severity::info)
    gui::text(look, paint_of(*node.worst),
              fmt::format("A {} finding is about it", detect::name_of(*node.worst)));
  gui::text(fmt::format("{} pending in all, {} running", duration_text(node.time_pending),
                        duration_text(node.run)));
  gui::text(fmt::format("{} created, {} finished, {} pending", count_text(node.created),
                        count_text(node.finished), count_text(node.pending)));
  if (node.own_children > 0)
    gui::text(fmt::format("{} created by tasks of its own", count_text(node.own_children)));
  std::size_t shown = 0;
  for (const MapEdge& edge : map.edges) {
    if (edge.from != scene.hovered && edge.to != scene.hovered) continue;
    if (++shown > kEdgesInTooltip) break;
    const bool outwards = edge.from == scene.hovered;
    const char* what = edge.kind == MapEdge::Kind::parent ? (outwards ? "created" : "created by")
                                                          : (outwards ? "awaited" : "awaited by");
    gui::text(look, Paint::faint,
              fmt::format("{} {}: {}", count_text(edge.count), what,
                          map.nodes[outwards ? edge.to : edge.from].place));
  }
  gui::text(look, Paint::faint,
            node.folded ? "Too small for a circle of their own"
                        : "Click to select it, double click to filter everything by it");
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

}  // namespace loopscope::gui
