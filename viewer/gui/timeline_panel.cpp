#include "viewer/gui/timeline_panel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/gui/keyboard.h"
#include "viewer/gui/widgets.h"
#include "viewer/view/site_filter.h"

namespace loopscope::gui {
namespace {

using Kind = view::TimelineLane::Kind;

constexpr double kWheelStep = 0.8;  // of the view's length, for one step of the wheel
constexpr double kKeyZoom = 0.03;   // a frame
constexpr double kKeyMove = 0.02;   // of the view's length, a frame
constexpr float kClickSlop = 4;     // pixels that a hand moves in a click

}  // namespace

void TimelinePanel::prepare(const view::Workspace& workspace, const view::TimeAxis& axis) {
  const model::Trace& trace = workspace.trace();
  const bool new_trace = generation_ != workspace.generation();
  if (new_trace) {
    generation_ = workspace.generation();
    lanes_ = view::timeline_lanes(trace);
    stalls_ = view::StallOrder(trace);
    minimap_width_ = 0;
    under_pointer_.reset();
    of_menu_.reset();
    arrows_of_ = model::kNoTask;
  }
  if (new_trace || range_ != axis.range() || width_ != axis.width()) {
    range_ = axis.range();
    width_ = axis.width();
    images_.clear();
    images_.resize(lanes_.lanes.size());
    under_pointer_.reset();
  }
  const view::Selection& selection = workspace.selection();
  if (new_trace || filter_ != workspace.filter() || site_ != selection.site) {
    filter_ = workspace.filter();
    site_ = selection.site;
    dim_ = view::dim_sites(workspace);
  }
  if (arrows_of_ != selection.task) {
    arrows_of_ = selection.task;
    arrows_ = view::arrows_of(trace, selection.task);
  }
}

void TimelinePanel::draw(view::Workspace& workspace, const Look& look) {
  const float gutter = std::min(look.px(110), ImGui::GetContentRegionAvail().x * 0.25F);
  draw_heading(workspace, look);
  const float width = ImGui::GetContentRegionAvail().x - gutter - ImGui::GetStyle().ScrollbarSize;
  if (width < look.px(60)) return;
  draw_minimap(workspace, look, gutter, width);
  const view::TimeAxis axis(workspace.view(), width);
  prepare(workspace, axis);

  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float axis_height = look.px(20);
  draw_axis(workspace, look, axis, {at.x + gutter, at.y});
  ImGui::Dummy({width, axis_height});
  ImGui::BeginChild("lanes", {0, 0}, false,
                    ImGuiWindowFlags_NoScrollWithMouse | ImGuiWindowFlags_NoBackground);
  draw_lanes(workspace, look, axis, gutter);
  handle_keys(workspace, axis);
  ImGui::EndChild();
}

void TimelinePanel::draw_heading(view::Workspace& workspace, const Look& look) {
  const model::Trace& trace = workspace.trace();
  const auto since = [&](Time at) { return subtract_saturating(at, trace.begin); };
  ImGui::PushFont(look.bold);
  gui::text("Timeline");
  ImGui::PopFont();
  ImGui::SameLine();
  const std::optional<view::TimeRange>& selected = workspace.selection().range;
  std::string words;
  if (selected) {
    const model::PendingHistory& pending = trace.timeline.pending;
    const std::uint64_t created =
        pending.created_by(trace.tasks, selected->to) - pending.created_by(trace.tasks, selected->from);
    const std::uint64_t finished =
        pending.finished_by(trace.tasks, selected->to) - pending.finished_by(trace.tasks, selected->from);
    words = fmt::format("selected {}: {} created, {} finished", duration_text(selected->length()),
                        plural_text(created, "task", "tasks"), count_text(finished));
    for (model::LoopIndex loop = 0; loop < trace.timeline.loops.size() && loop < trace.loops.size(); ++loop) {
      const model::IntervalSum sum = trace.timeline.loops[loop].ticks.sum(selected->from, selected->to);
      if (sum.count == 0) continue;
      words += fmt::format(", loop {} busy {}", trace.loops[loop].id, duration_text(sum.covered));
      break;
    }
  } else if (workspace.cursor()) {
    const Time at = *workspace.cursor();
    words = fmt::format(
        "at {}: {}", view::instant_text(since(at), kMicrosecond),
        plural_text(trace.timeline.pending.pending_at(trace.tasks, at), "task pending", "tasks pending"));
  } else {
    words =
        fmt::format("{} of {}", duration_text(workspace.view().length()), duration_text(trace.duration()));
    if (trace.stalls_total != 0) {
      words += fmt::format(", {} over {}", plural_text(trace.stalls_total, "stall", "stalls"),
                           duration_text(trace.stall_limit));
    }
  }
  const float buttons = look.px(190);
  text_within(std::max(ImGui::GetContentRegionAvail().x - buttons, look.px(20)), words);
  ImGui::SameLine(std::max(ImGui::GetWindowWidth() - buttons, look.px(20)));
  if (selected) {
    if (ImGui::SmallButton("Zoom in")) workspace.set_view(*selected);
    ImGui::SameLine();
    if (ImGui::SmallButton("Unselect")) workspace.select_range(std::nullopt);
    return;
  }
  if (workspace.cursor()) {
    if (ImGui::SmallButton("Unpin")) workspace.set_cursor(std::nullopt);
    ImGui::SameLine();
  }
  if (ImGui::SmallButton("All")) workspace.set_view(workspace.whole());
  tooltip("Show all of the trace (0)");
  if (trace.stalls.empty()) return;
  ImGui::SameLine();
  if (ImGui::SmallButton("Next stall")) go_to_stall(workspace, stalls_.next(workspace.selection().stall));
  tooltip("N; the one before: P");
}

void TimelinePanel::draw_minimap(view::Workspace& workspace, const Look& look, float gutter, float width) {
  const model::Trace& trace = workspace.trace();
  const float height = look.px(22);
  const view::TimeAxis whole(workspace.whole(), width);
  if (generation_ != workspace.generation() || minimap_width_ != width) {
    minimap_.pending = view::pending_columns(trace.timeline.pending, trace.tasks, workspace.whole(),
                                             static_cast<std::size_t>(std::max(width / 2, 1.0F)));
    minimap_width_ = width;
  }
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const ImVec2 at{corner.x + gutter, corner.y};
  ImGui::SetCursorScreenPos(at);
  ImGui::InvisibleButton("minimap", {width, height});
  const bool active = ImGui::IsItemActive();
  if (ImGui::IsItemActivated()) {
    drag_from_ = whole.time(ImGui::GetIO().MousePos.x - at.x);
    drag_view_ = workspace.view();
    drag_ = Drag::minimap;
  }
  if (active && drag_ == Drag::minimap) {
    const Time now = whole.time(ImGui::GetIO().MousePos.x - at.x);
    const bool inside = drag_view_.contains(drag_from_) && drag_view_ != workspace.whole();
    if (inside) {
      const Nanos by = subtract_saturating(now, drag_from_);
      workspace.set_view({add_saturating(drag_view_.from, by), add_saturating(drag_view_.to, by)});
    } else if (std::abs(whole.x(now) - whole.x(drag_from_)) > kClickSlop) {
      workspace.set_view({std::min(drag_from_, now), std::max(drag_from_, now)});
    }
  } else if (drag_ == Drag::minimap) {
    drag_ = Drag::none;
  }
  tooltip("The whole trace: drag the bright part, or draw a new one");

  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(at, {at.x + width, at.y + height}, look.paint(Paint::window));
  const std::vector<std::uint64_t>& most = minimap_.pending.most;
  if (!most.empty()) {
    const std::uint64_t top = std::max<std::uint64_t>(*std::max_element(most.begin(), most.end()), 1);
    const float step = width / static_cast<float>(most.size());
    for (std::size_t column = 0; column < most.size();) {
      std::size_t end = column + 1;
      while (end < most.size() && most[end] == most[column]) ++end;
      const float share = static_cast<float>(static_cast<double>(most[column]) / static_cast<double>(top));
      draw.AddRectFilled({at.x + step * static_cast<float>(column), at.y + height * (1 - share * 0.85F)},
                         {at.x + step * static_cast<float>(end), at.y + height},
                         with_alpha(look.paint(Paint::pending), 0.6F));
      column = end;
    }
  }
  // Longest stalls come first: those that count are drawn, however many there are.
  constexpr std::size_t kMostMarks = 400;
  for (std::size_t stall = 0; stall < std::min(trace.stalls.size(), kMostMarks); ++stall) {
    const float x = at.x + whole.x(trace.stalls[stall].begin);
    draw.AddRectFilled({x, at.y}, {x + look.px(2), at.y + height * 0.4F}, look.paint(Paint::stall));
  }
  const float left = at.x + whole.x(workspace.view().from);
  const float right = std::max(at.x + whole.x(workspace.view().to), left + 2);
  const ImU32 shade = with_alpha(look.paint(Paint::panel), 0.65F);
  if (left > at.x) draw.AddRectFilled(at, {left, at.y + height}, shade);
  if (right < at.x + width) draw.AddRectFilled({right, at.y}, {at.x + width, at.y + height}, shade);
  draw.AddRect({left, at.y}, {right, at.y + height}, look.paint(Paint::accent));
  draw.AddText({corner.x, at.y + (height - look.text->FontSize) / 2}, look.paint(Paint::faint),
               "whole trace");
}

void TimelinePanel::draw_axis(const view::Workspace& workspace, const Look& look, const view::TimeAxis& axis,
                              ImVec2 at) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float height = look.px(20);
  draw.PushClipRect(at, {at.x + axis.width(), at.y + height}, true);
  for (const view::TimeAxis::Mark& mark : axis.marks(workspace.trace().begin, look.px(100))) {
    const float x = at.x + mark.x;
    const float high = mark.label.empty() ? look.px(4) : look.px(8);
    draw.AddLine({x, at.y + height - high}, {x, at.y + height}, look.paint(Paint::border));
    if (!mark.label.empty()) {
      draw.AddText({x + look.px(3), at.y + look.px(1)}, look.paint(Paint::faint), mark.label.c_str());
    }
  }
  draw.PopClipRect();
}

void TimelinePanel::draw_gutter(const Look& look, const view::TimelineLane& lane, ImVec2 at, float width) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float height = LaneDrawing::height(lane, look);
  if (lane.kind == Kind::heading) {
    const float y = at.y + (height - look.bold->FontSize) / 2;
    draw.AddText(look.bold, look.bold->FontSize, {at.x, y}, look.paint(Paint::text),
                 printable_text(lane.name).c_str());
    const float name =
        look.bold->CalcTextSizeA(look.bold->FontSize, 1e6F, 0, printable_text(lane.name).c_str()).x;
    draw.AddText({at.x + std::max(name + look.px(12), width), y}, look.paint(Paint::faint),
                 lane.detail.c_str());
    return;
  }
  if (lane.name.empty()) return;
  const std::string name = printable_text(lane.name);
  const ImVec4 clip{at.x, at.y, at.x + width - look.px(4), at.y + height};
  const float y = at.y + std::max((std::min(height, look.px(20)) - look.text->FontSize) / 2, -look.px(2));
  draw.AddText(look.text, look.text->FontSize, {at.x + look.px(8), y}, look.paint(Paint::faint), name.c_str(),
               nullptr, 0, &clip);
}

void TimelinePanel::draw_lanes(view::Workspace& workspace, const Look& look, const view::TimeAxis& axis,
                               float gutter) {
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  const ImVec2 window = ImGui::GetWindowPos();
  const float window_height = ImGui::GetWindowHeight();
  float total = 0;
  for (const view::TimelineLane& lane : lanes_.lanes) total += LaneDrawing::height(lane, look);
  const float canvas = std::max(total, ImGui::GetContentRegionAvail().y);
  const ImVec2 at{origin.x + gutter, origin.y};
  ImGui::SetCursorScreenPos(at);
  ImGui::InvisibleButton("canvas", {axis.width(), canvas},
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);

  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const LaneDrawing drawing(workspace, look, axis, stalls_);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const bool hovered = ImGui::IsItemHovered();
  std::optional<LaneHit> hit;
  std::string words;
  for (const view::TimeAxis::Mark& mark : axis.marks(workspace.trace().begin, look.px(100))) {
    if (mark.label.empty()) continue;
    draw.AddLine({at.x + mark.x, window.y}, {at.x + mark.x, window.y + window_height},
                 look.paint(Paint::grid));
  }
  lane_tops_.assign(lanes_.lanes.size(), 0);
  float y = origin.y;
  for (std::size_t i = 0; i < lanes_.lanes.size(); ++i) {
    const view::TimelineLane& lane = lanes_.lanes[i];
    const float height = LaneDrawing::height(lane, look);
    lane_tops_[i] = y;
    const bool visible = y + height >= window.y && y <= window.y + window_height;
    if (visible) {
      draw_gutter(look, lane, {origin.x, y}, gutter);
      LaneImage& image = images_[i];
      const bool made = !image.pieces.empty() || !image.behind.empty() || !image.lag.empty() ||
                        !image.pending.most.empty() || !image.gauge.empty();
      if (!made) image = LaneDrawing::image(workspace.trace(), lane, axis);
      draw.PushClipRect({at.x, window.y}, {at.x + axis.width(), window.y + window_height}, true);
      drawing.draw(draw, lane, image, {at.x, y}, dim_);
      draw.PopClipRect();
      if (hovered && mouse.y >= y && mouse.y < y + height) {
        const ImVec2 inside{mouse.x - at.x, mouse.y - y};
        hit = drawing.hit(lane, image, inside);
        words = drawing.words(lane, image, inside);
      }
    }
    y += height;
  }
  if (lanes_.threads_left_out != 0) {
    const std::string more =
        plural_text(lanes_.threads_left_out, "more thread is", "more threads are") + " not shown";
    draw.AddText({origin.x, y}, look.paint(Paint::faint), more.c_str());
  }
  under_pointer_ = hit;
  draw_marks(workspace, look, axis, {at.x, window.y}, window.y + window_height);
  draw_arrows(workspace, look, axis, at);
  if (hovered && drag_ == Drag::none) {
    const Time time = axis.time(mouse.x - at.x);
    draw.AddLine({mouse.x, window.y}, {mouse.x, window.y + window_height},
                 with_alpha(look.paint(Paint::text), 0.4F));
    const std::string instant =
        view::instant_text(subtract_saturating(time, workspace.trace().begin),
                           std::max<Nanos>(static_cast<Nanos>(axis.ns_per_pixel()), 1));
    ImGui::BeginTooltip();
    if (!words.empty()) gui::text(look, Paint::faint, instant);
    // Lines of one text: names in it are made printable one by one, line feeds are ours.
    for (std::size_t begin = 0; begin <= words.size() && !words.empty();) {
      const std::size_t end = std::min(words.find('\n', begin), words.size());
      gui::text(std::string_view(words).substr(begin, end - begin));
      begin = end + 1;
    }
    if (words.empty()) gui::text(instant);
    ImGui::EndTooltip();
  }
  handle_mouse(workspace, look, axis, at);
  draw_menu(workspace, axis);
}

// What stands across all lanes: the selected stretch, the pinned cursor, bookmarks.
void TimelinePanel::draw_marks(const view::Workspace& workspace, const Look& look, const view::TimeAxis& axis,
                               ImVec2 top, float bottom) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.PushClipRect(top, {top.x + axis.width(), bottom}, true);
  if (const auto& range = workspace.selection().range) {
    const float left = top.x + axis.x(range->from);
    const float right = top.x + axis.x(range->to);
    draw.AddRectFilled({left, top.y}, {right, bottom}, with_alpha(look.paint(Paint::accent), 0.14F));
    draw.AddLine({left, top.y}, {left, bottom}, look.paint(Paint::accent));
    draw.AddLine({right, top.y}, {right, bottom}, look.paint(Paint::accent));
    const std::string length = duration_text(range->length());
    draw.AddText({(left + right) / 2 - ImGui::CalcTextSize(length.c_str()).x / 2, bottom - look.px(18)},
                 look.paint(Paint::text), length.c_str());
  }
  if (workspace.cursor()) {
    const float x = top.x + axis.x(*workspace.cursor());
    draw.AddLine({x, top.y}, {x, bottom}, look.paint(Paint::text), look.px(1.5F));
    draw.AddTriangleFilled({x - look.px(5), top.y}, {x + look.px(5), top.y}, {x, top.y + look.px(7)},
                           look.paint(Paint::text));
  }
  for (const Time mark : bookmarks_.all()) {
    const float x = top.x + axis.x(mark);
    draw.AddLine({x, top.y}, {x, bottom}, look.paint(Paint::good));
    draw.AddRectFilled({x, top.y}, {x + look.px(6), top.y + look.px(8)}, look.paint(Paint::good));
  }
  draw.PopClipRect();
}

void TimelinePanel::draw_arrows(const view::Workspace& workspace, const Look& look,
                                const view::TimeAxis& axis, ImVec2 at) {
  (void)workspace;
  const auto top_of = [&](const view::SpanPlace& place) -> std::optional<float> {
    for (std::size_t i = 0; i < lanes_.lanes.size(); ++i) {
      const view::TimelineLane& lane = lanes_.lanes[i];
      if (lane.kind == Kind::spans && lane.thread == place.thread && lane.number == place.depth) {
        return lane_tops_[i] + LaneDrawing::height(lane, look) / 2;
      }
    }
    return std::nullopt;
  };
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.PushClipRect({at.x, ImGui::GetWindowPos().y},
                    {at.x + axis.width(), ImGui::GetWindowPos().y + ImGui::GetWindowHeight()}, true);
  for (const view::TaskArrow& arrow : arrows_) {
    const auto from_y = top_of(arrow.from);
    const auto to_y = top_of(arrow.to);
    if (!from_y || !to_y) continue;
    const ImVec2 from{at.x + axis.x(arrow.from_at), *from_y};
    const ImVec2 to{at.x + axis.x(arrow.to_at), *to_y};
    const float bend = std::clamp((to.x - from.x) / 2, look.px(16), look.px(120));
    const ImU32 colour =
        look.paint(arrow.kind == view::TaskArrow::Kind::creation ? Paint::text : Paint::warning);
    draw.AddBezierCubic(from, {from.x + bend, from.y}, {to.x - bend, to.y}, to, colour, look.px(1.5F));
    draw.AddTriangleFilled(to, {to.x - look.px(7), to.y - look.px(4)}, {to.x - look.px(7), to.y + look.px(4)},
                           colour);
    draw.AddCircleFilled(from, look.px(3), colour);
  }
  draw.PopClipRect();
}

void TimelinePanel::choose(view::Workspace& workspace, const LaneHit& hit) {
  if (hit.task != model::kNoTask) workspace.select_task(hit.task);
  if (const auto stall = stalls_.that_is(hit.begin, hit.duration)) workspace.select_stall(*stall);
}

void TimelinePanel::go_to_stall(view::Workspace& workspace, std::optional<std::size_t> stall) {
  if (!stall) return;
  workspace.select_stall(*stall);
  const model::Stall& found = workspace.trace().stalls[*stall];
  workspace.look_at(found.begin, add_saturating(found.begin, found.duration));
}

void TimelinePanel::handle_mouse(view::Workspace& workspace, const Look& look, const view::TimeAxis& axis,
                                 ImVec2 at) {
  const ImGuiIO& io = ImGui::GetIO();
  const Time under = axis.time(io.MousePos.x - at.x);
  if (ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem) && io.MouseWheel != 0) {
    if (io.KeyShift) {
      ImGui::SetScrollY(ImGui::GetScrollY() - io.MouseWheel * look.px(40));
    } else if (io.KeyCtrl) {
      workspace.set_view(view::moved(workspace.view(), -0.1 * static_cast<double>(io.MouseWheel)));
    } else {
      const double factor = std::pow(kWheelStep, static_cast<double>(io.MouseWheel));
      workspace.set_view(view::zoomed(workspace.view(), under, factor));
    }
  }
  if (ImGui::IsMouseHoveringRect({at.x, ImGui::GetWindowPos().y}, {at.x + axis.width(), at.y + 1e6F}) &&
      ImGui::IsItemActivated() && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
    drag_ = io.KeyShift ? Drag::select : io.KeyCtrl ? Drag::zoom : Drag::move;
    drag_from_ = under;
    drag_view_ = workspace.view();
    dragged_ = false;
  }
  if (ImGui::IsItemClicked(ImGuiMouseButton_Right)) {
    of_menu_ = under_pointer_;
    menu_at_ = under;
    ImGui::OpenPopup("what can be done here");
  }
  if (drag_ == Drag::none || drag_ == Drag::minimap) return;
  const ImVec2 moved = ImGui::GetMouseDragDelta(ImGuiMouseButton_Left, 0);
  if (std::abs(moved.x) > kClickSlop || std::abs(moved.y) > kClickSlop) dragged_ = true;
  const view::TimeRange stretch{std::min(drag_from_, under), std::max(drag_from_, under)};
  if (ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    if (!dragged_) return;
    if (drag_ == Drag::move) {
      const double by = -static_cast<double>(moved.x) / axis.width();
      workspace.set_view(view::moved(drag_view_, by));
      ImGui::SetScrollY(ImGui::GetScrollY() - io.MouseDelta.y);
    } else {
      workspace.select_range(stretch);
    }
    return;
  }
  if (!dragged_) {
    if (under_pointer_) {
      choose(workspace, *under_pointer_);
    } else {
      workspace.set_cursor(under);
    }
  } else if (drag_ == Drag::zoom) {
    workspace.select_range(std::nullopt);
    workspace.set_view(stretch);
  }
  drag_ = Drag::none;
}

void TimelinePanel::handle_keys(view::Workspace& workspace, const view::TimeAxis& axis) {
  if (ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel)) return;
  const view::TimeRange view = workspace.view();
  const bool pointer_inside = ImGui::IsWindowHovered();
  const Time middle = add_saturating(view.from, view.length() / 2);
  const Time anchor = pointer_inside
                          ? std::clamp(axis.time(ImGui::GetIO().MousePos.x -
                                                 (ImGui::GetWindowPos().x + ImGui::GetWindowWidth() -
                                                  axis.width() - ImGui::GetStyle().ScrollbarSize)),
                                       view.from, view.to)
                          : middle;
  if (held('W')) workspace.set_view(view::zoomed(view, anchor, 1 - kKeyZoom));
  if (held('S')) workspace.set_view(view::zoomed(view, anchor, 1 / (1 - kKeyZoom)));
  if (held('A')) workspace.set_view(view::moved(view, -kKeyMove));
  if (held('D')) workspace.set_view(view::moved(view, kKeyMove));
  if (pressed("0")) workspace.set_view(workspace.whole());
  const std::optional<std::size_t>& stall = workspace.selection().stall;
  if (pressed("N")) go_to_stall(workspace, stall ? stalls_.next(stall) : stalls_.behind(view.from));
  if (pressed("P")) go_to_stall(workspace, stall ? stalls_.previous(stall) : stalls_.before(view.to));
  const Time here = workspace.cursor().value_or(anchor);
  if (pressed("B")) bookmarks_.toggle(here, static_cast<Nanos>(axis.ns_per_pixel() * 4));
  const auto go = [&](std::optional<Time> mark) {
    if (!mark) return;
    const Nanos half = view.length() / 2;
    workspace.set_cursor(*mark);
    workspace.set_view({subtract_saturating(*mark, half), add_saturating(*mark, view.length() - half)});
  };
  if (pressed("[")) go(bookmarks_.before(workspace.cursor().value_or(middle)));
  if (pressed("]")) go(bookmarks_.behind(workspace.cursor().value_or(middle)));
  if (pressed("Escape")) {
    if (workspace.selection().range) {
      workspace.select_range(std::nullopt);
    } else if (workspace.cursor()) {
      workspace.set_cursor(std::nullopt);
    } else {
      workspace.clear_selection();
    }
  }
}

void TimelinePanel::draw_menu(view::Workspace& workspace, const view::TimeAxis& axis) {
  if (!ImGui::BeginPopup("what can be done here")) return;
  if (of_menu_) {
    if (ImGui::MenuItem("Select it")) choose(workspace, *of_menu_);
    if (ImGui::MenuItem("Zoom to it")) {
      workspace.look_at(of_menu_->begin, add_saturating(of_menu_->begin, of_menu_->duration));
    }
    if (ImGui::MenuItem("Select its time")) {
      workspace.select_range(
          view::TimeRange{of_menu_->begin, add_saturating(of_menu_->begin, of_menu_->duration)});
    }
    if (of_menu_->task < workspace.trace().tasks.size()) {
      const model::SiteIndex site = workspace.trace().tasks.site(of_menu_->task);
      if (ImGui::MenuItem("Show where it was created")) {
        workspace.select_site(site);
        workspace.show(view::Pane::source);
      }
    }
    ImGui::Separator();
  }
  if (ImGui::MenuItem("Pin the cursor here")) workspace.set_cursor(menu_at_);
  if (ImGui::MenuItem("Bookmark", "B"))
    bookmarks_.toggle(menu_at_, static_cast<Nanos>(axis.ns_per_pixel() * 4));
  if (workspace.selection().range && ImGui::MenuItem("Zoom to the selection")) {
    workspace.set_view(*workspace.selection().range);
  }
  if (ImGui::MenuItem("Show all", "0")) workspace.set_view(workspace.whole());
  ImGui::Separator();
  if (ImGui::MenuItem("Copy the loops as text")) ImGui::SetClipboardText(text(workspace).c_str());
  ImGui::EndPopup();
}

std::string TimelinePanel::text(const view::Workspace& workspace) {
  return view::loops_text(workspace.trace());
}

}  // namespace loopscope::gui
