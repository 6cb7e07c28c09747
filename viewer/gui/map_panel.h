// The map: places as circles by the time that their tasks were pending, arrows for who created and who awaited whose.
// Wheel and drag move over it, a click selects a place, a double click filters everything by it. Owned by the
// application. Main thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/gui/panel.h"
#include "viewer/view/made_aside.h"
#include "viewer/view/site_map.h"

namespace loopscope::gui {

class MapPanel : public Panel {
 public:
  // `wake` is called on another thread when the map is made.
  explicit MapPanel(std::function<void()> wake) : made_(std::move(wake)) {}

  void draw(view::Workspace& workspace, const Look& look) override;
  std::string text(const view::Workspace& workspace) override;

 private:
  using Made = view::MadeAside<view::SiteMap>;

  // From the map's coordinates to pixels.
  struct Camera {
    ImVec2 middle;     // of the canvas, in pixels
    ImVec2 looks_at;   // in widths of the map
    float pixels = 1;  // a width of the map
    ImVec2 of(float x, float y) const {
      return {middle.x + (x - looks_at.x) * pixels, middle.y + (y - looks_at.y) * pixels};
    }
  };
  // How brightly things are drawn: filtered and selected ones stand out.
  struct Scene {
    const view::SiteMap& map;
    const Look& look;
    Camera camera;
    ImDrawList& draw;
    std::uint32_t selected = view::SiteMap::kNoNode;
    std::uint32_t hovered = view::SiteMap::kNoNode;
  };

  static Made::Order order_of(const view::Workspace& workspace);
  static Made::Make make_of(const view::Workspace& workspace);
  void draw_canvas(view::Workspace& workspace, const Look& look, const view::SiteMap& map);
  Camera move_camera(ImVec2 from, ImVec2 size);
  std::uint32_t node_under_pointer(const view::SiteMap& map, const Camera& camera, const Look& look) const;
  void find_matches(const view::Workspace& workspace, const std::shared_ptr<const view::SiteMap>& map);
  bool matches(std::uint32_t node) const {
    return matching_.empty() || (node < matching_.size() && matching_[node]);
  }
  void draw_groups(const Scene& scene) const;
  void draw_edges(const Scene& scene) const;
  void draw_edge(const Scene& scene, const view::MapEdge& edge, std::uint64_t most) const;
  void draw_nodes(const Scene& scene) const;
  void draw_node(const Scene& scene, std::uint32_t index) const;
  void draw_label(const Scene& scene, std::uint32_t index) const;
  static void draw_legend(const Scene& scene, ImVec2 from, float width);
  static void draw_tooltip(const Scene& scene);

  Made made_;
  float zoom_ = 1;  // 1: all of it is seen
  ImVec2 looks_at_{0.5F, view::SiteMap::kHeight / 2};
  // By node whether the filter's words find it, of that map and those words; empty: all.
  std::vector<bool> matching_;
  std::shared_ptr<const view::SiteMap> matching_of_;
  std::string matching_words_;
};

}  // namespace loopscope::gui
