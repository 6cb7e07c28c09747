// The overview: the verdict, the process, what is missing, and a card a finding, worst first. Main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "viewer/gui/panel.h"
#include "viewer/view/finding_cards.h"
#include "viewer/view/later.h"

namespace loopscope::gui {

class FindingsPanel final : public Panel {
 public:
  void draw(view::Workspace& workspace, const Look& look) override;
  std::string text(const view::Workspace& workspace) override;

 private:
  void prepare(const view::Workspace& workspace);
  void draw_process(const Look& look) const;
  void draw_card(view::Workspace& workspace, const Look& look, const view::FindingCard& card);
  void draw_curve(const Look& look, const view::FindingCard& card, float width) const;

  std::uint64_t generation_ = 0;
  view::FindingCards cards_;
  view::Later<std::vector<view::Curve>> curves_;
  std::optional<std::size_t> selected_;  // in the last frame
};

}  // namespace loopscope::gui
