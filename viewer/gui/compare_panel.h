// The comparison with another trace: facts, findings and places side by side, what got worse first. Owned by the
// application. Main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "viewer/gui/panel.h"
#include "viewer/view/comparison.h"
#include "viewer/view/made_aside.h"

namespace loopscope::gui {

class ComparePanel : public Panel {
 public:
  // `wake` is called on another thread when the comparison is made.
  explicit ComparePanel(std::function<void()> wake) : made_(std::move(wake)) {}

  void draw(view::Workspace& workspace, const Look& look) override;
  std::string text(const view::Workspace& workspace) override;

 private:
  using Made = view::MadeAside<view::Comparison>;

  Made::Order order_of(const view::Workspace& workspace);
  static Made::Make make_of(const view::Workspace& workspace);
  void filter_rows(const view::Workspace& workspace,
                   const std::shared_ptr<const view::Comparison>& comparison);
  void draw_headline(view::Workspace& workspace, const Look& look, const view::Comparison& comparison) const;
  void draw_facts(const Look& look, const view::Comparison& comparison) const;
  void draw_findings(view::Workspace& workspace, const Look& look, const view::Comparison& comparison) const;
  void draw_sites(view::Workspace& workspace, const Look& look, const view::Comparison& comparison) const;

  Made made_;
  std::shared_ptr<const Analysis> baseline_;  // the last one, and how many there were
  std::uint64_t baselines_ = 0;
  bool current_ = false;  // the comparison is of this state of the trace
  // Rows that the filter's words find, of that comparison and those words.
  std::vector<std::size_t> findings_;
  std::vector<std::size_t> sites_;
  std::shared_ptr<const view::Comparison> rows_of_;
  std::string rows_words_;
};

}  // namespace loopscope::gui
