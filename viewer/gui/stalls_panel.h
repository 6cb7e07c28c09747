// What blocked the loops: the list of stalls, and of all, one or those of a stretch of time the flame graph and the
// lines to blame; of one its stacks and who waited. Owned by the application. Main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/gui/flame_chart.h"
#include "viewer/gui/line_table.h"
#include "viewer/gui/panel.h"
#include "viewer/gui/stall_details.h"
#include "viewer/gui/stall_table.h"
#include "viewer/gui/window.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/view/flame.h"
#include "viewer/view/made_aside.h"
#include "viewer/view/stall_lines.h"
#include "viewer/view/stall_list.h"

namespace loopscope::gui {

class StallsPanel : public Panel {
 public:
  void draw(view::Workspace& workspace, const Look& look) override;
  std::string text(const view::Workspace& workspace) override;

 private:
  // Of one analysis.
  struct Sampled {
    std::shared_ptr<const Analysis> analysis;
    report::StallProfiles profiles;
    std::vector<view::StallRow> rows;
  };
  // Of what is selected in it.
  struct Picture {
    std::shared_ptr<const Sampled> of;
    std::shared_ptr<const view::Flame> flame;
    std::shared_ptr<const std::vector<view::StallLine>> lines;
  };
  struct PictureKey {
    std::uint64_t generation = 0;
    view::StallSelection selection;
    bool with_tasks = true;
    bool operator==(const PictureKey&) const = default;
  };

  static Sampled sample(std::shared_ptr<const Analysis> analysis);
  static Picture picture_of(std::shared_ptr<const Sampled> sampled, const PictureKey& key);
  PictureKey key_of(const view::Workspace& workspace) const;
  void draw_scope(view::Workspace& workspace, const Look& look);
  void draw_tabs(view::Workspace& workspace, const Look& look, const std::shared_ptr<const Sampled>& sampled);

  view::MadeAside<Sampled, std::uint64_t> sampled_{Window::wake};
  view::MadeAside<Picture, PictureKey> picture_{Window::wake};
  StallTable table_;
  FlameChart flame_chart_;
  LineTable line_table_;
  StallDetails details_;
  bool only_selected_stall_ = false;
  bool only_selected_range_ = true;
  bool with_tasks_ = true;
  std::optional<std::size_t> detailed_;  // the stall for which its tab was brought to the front
};

}  // namespace loopscope::gui
