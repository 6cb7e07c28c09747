// The timeline: a lane a loop and a thread, pending tasks and lag above, gauges below, on one axis of time. Main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/gui/lane_drawing.h"
#include "viewer/gui/panel.h"
#include "viewer/view/bookmarks.h"
#include "viewer/view/stall_order.h"
#include "viewer/view/task_arrows.h"
#include "viewer/view/timeline_lanes.h"

namespace loopscope::gui {

class TimelinePanel final : public Panel {
 public:
  void draw(view::Workspace& workspace, const Look& look) override;
  std::string text(const view::Workspace& workspace) override;

 private:
  enum class Drag : std::uint8_t { none, move, select, zoom, minimap };

  void prepare(const view::Workspace& workspace, const view::TimeAxis& axis);
  void draw_heading(view::Workspace& workspace, const Look& look);
  void draw_minimap(view::Workspace& workspace, const Look& look, float gutter, float width);
  void draw_axis(const view::Workspace& workspace, const Look& look, const view::TimeAxis& axis, ImVec2 at);
  void draw_lanes(view::Workspace& workspace, const Look& look, const view::TimeAxis& axis, float gutter);
  void draw_gutter(const Look& look, const view::TimelineLane& lane, ImVec2 at, float width);
  void draw_marks(const view::Workspace& workspace, const Look& look, const view::TimeAxis& axis, ImVec2 top,
                  float bottom);
  void draw_arrows(const view::Workspace& workspace, const Look& look, const view::TimeAxis& axis, ImVec2 at);
  void handle_mouse(view::Workspace& workspace, const Look& look, const view::TimeAxis& axis, ImVec2 at);
  void handle_keys(view::Workspace& workspace, const view::TimeAxis& axis);
  void choose(view::Workspace& workspace, const LaneHit& hit);
  void go_to_stall(view::Workspace& workspace, std::optional<std::size_t> stall);
  void draw_menu(view::Workspace& workspace, const view::TimeAxis& axis);

  // Of one analysis.
  std::uint64_t generation_ = 0;
  view::TimelineLanes lanes_;
  view::StallOrder stalls_;
  LaneImage minimap_;
  float minimap_width_ = 0;
  // Of one stretch of time.
  view::TimeRange range_;
  float width_ = 0;
  std::vector<LaneImage> images_;
  // Of one filter and selection.
  std::string filter_;
  std::optional<model::SiteIndex> site_;
  std::vector<bool> dim_;
  model::TaskIndex arrows_of_ = model::kNoTask;
  std::vector<view::TaskArrow> arrows_;

  view::Bookmarks bookmarks_;
  Drag drag_ = Drag::none;
  Time drag_from_ = 0;
  view::TimeRange drag_view_;
  bool dragged_ = false;
  std::optional<LaneHit> under_pointer_;
  std::optional<LaneHit> of_menu_;
  Time menu_at_ = 0;
  std::vector<float> lane_tops_;  // in this frame, on screen
};

}  // namespace loopscope::gui
