// Draws one lane of the timeline, and says what is under the pointer. Main thread, within a frame.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <imgui.h>

#include "viewer/gui/look.h"
#include "viewer/model/trace.h"
#include "viewer/view/lane_picture.h"
#include "viewer/view/stall_order.h"
#include "viewer/view/time_axis.h"
#include "viewer/view/timeline_lanes.h"
#include "viewer/view/workspace.h"

namespace loopscope::gui {

// What a lane shows of a stretch of time, made anew when the stretch or its width changes.
struct LaneImage {
  std::vector<view::Piece> pieces;
  std::vector<view::Piece> behind;
  std::vector<Nanos> lag;  // by column; IntervalRow::kNoLag where none is known
  view::PendingColumns pending;
  std::vector<std::optional<double>> gauge;  // by column: the last value in or before it
};

// An interval under the pointer.
struct LaneHit {
  const view::TimelineLane* lane = nullptr;
  std::size_t interval = 0;
  Time begin = 0;
  Nanos duration = 0;
  model::TaskIndex task = model::kNoTask;
  std::uint64_t count = 1;  // so many are under it; the interval is the longest of them
};

class LaneDrawing {
 public:
  LaneDrawing(const view::Workspace& workspace, const Look& look, const view::TimeAxis& axis,
              const view::StallOrder& stalls)
      : workspace_(workspace), trace_(workspace.trace()), look_(look), axis_(axis), stalls_(stalls) {}

  static LaneImage image(const model::Trace& trace, const view::TimelineLane& lane,
                         const view::TimeAxis& axis);
  // Pixels, with the space below it.
  static float height(const view::TimelineLane& lane, const Look& look);

  // At `at`, as wide as the axis. `site_is_dim` by site: it does not match the filter or the selection.
  void draw(ImDrawList& draw, const view::TimelineLane& lane, const LaneImage& image, ImVec2 at,
            const std::vector<bool>& site_is_dim) const;
  // `mouse` relative to the lane's left upper corner.
  std::optional<LaneHit> hit(const view::TimelineLane& lane, const LaneImage& image, ImVec2 mouse) const;
  // What there is to say about the lane at the pointer, line by line; "" for nothing.
  std::string words(const view::TimelineLane& lane, const LaneImage& image, ImVec2 mouse) const;

 private:
  void draw_pieces(ImDrawList& draw, const view::TimelineLane& lane, const LaneImage& image, ImVec2 at,
                   float height, const std::vector<bool>& site_is_dim) const;
  void draw_lag(ImDrawList& draw, const LaneImage& image, ImVec2 at, float height) const;
  void draw_pending(ImDrawList& draw, const LaneImage& image, ImVec2 at, float height) const;
  void draw_gauge(ImDrawList& draw, const view::TimelineLane& lane, const LaneImage& image, ImVec2 at,
                  float height) const;
  void draw_pauses(ImDrawList& draw, const view::TimelineLane& lane, ImVec2 at, float height) const;
  std::string words_of(const LaneHit& hit) const;
  std::string name_of(const view::TimelineLane& lane, const view::Piece& piece) const;

  const view::Workspace& workspace_;
  const model::Trace& trace_;
  const Look& look_;
  const view::TimeAxis& axis_;
  const view::StallOrder& stalls_;
};

}  // namespace loopscope::gui
