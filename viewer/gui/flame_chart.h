// The flame graph's pixels: boxes of view::FlameLayout, the pointer over them, zoom and search. Part of the stalls panel.
// Main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "viewer/gui/look.h"
#include "viewer/gui/window.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/view/flame.h"
#include "viewer/view/made_aside.h"
#include "viewer/view/workspace.h"

namespace loopscope::gui {

class FlameChart {
 public:
  // Takes what is left of the current window. `flame` and `profiles`, which it is of, stay the same until another one
  // is handed in.
  void draw(view::Workspace& workspace, const Look& look, const std::shared_ptr<const view::Flame>& flame,
            const report::StallProfiles& profiles);

  // Its switches, on the line that was begun, and below them the search box and sums.
  void draw_switches(const Look& look);

 private:
  void draw_notes(const Look& look) const;
  void draw_boxes(const Look& look, ImVec2 at, ImVec2 size, const view::FlameBox* hovered) const;
  void draw_tooltip(const Look& look, const report::StallProfiles& profiles, std::uint32_t node) const;
  void draw_menu(view::Workspace& workspace, const report::StallProfiles& profiles);
  void search();
  void zoom_to(std::uint32_t node);
  float top_of(std::uint32_t depth, float height, float row) const;

  std::shared_ptr<const view::Flame> flame_;
  std::vector<std::string> focus_path_;  // so that another selection keeps what it can of the focus
  std::uint32_t focus_ = 0;
  view::FlameLayout layout_;
  float laid_out_for_ = 0;  // pixels; 0: not yet
  std::string search_words_;
  struct SearchKey {
    std::shared_ptr<const view::Flame> flame;
    std::string words;
    bool operator==(const SearchKey&) const = default;
  };
  view::MadeAside<view::FlameSearch, SearchKey> prepared_search_{Window::wake};
  std::shared_ptr<const view::FlameSearch>
      search_;  // of flame_; null if nothing is searched, or not found yet
  bool root_on_top_ = true;
  bool scroll_to_focus_ = true;
  std::uint32_t menu_node_ = 0;
};

}  // namespace loopscope::gui
