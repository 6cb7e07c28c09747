// The source file in which something happened, with what its lines cost beside them. Read only. Owned by the application.
// Main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "viewer/gui/panel.h"
#include "viewer/gui/window.h"
#include "viewer/view/line_costs.h"
#include "viewer/view/made_aside.h"
#include "viewer/view/source_text.h"

namespace loopscope::gui {

class SourcePanel : public Panel {
 public:
  void draw(view::Workspace& workspace, const Look& look) override;
  std::string text(const view::Workspace& workspace) override;

 private:
  struct TextKey {
    std::uint64_t generation = 0;
    std::string file;
    bool operator==(const TextKey&) const = default;
  };

  static view::SourceText read(const std::shared_ptr<const Analysis>& analysis, const std::string& file);
  void draw_heading(const view::Workspace& workspace, const Look& look, const view::SourceText& source,
                    const view::FileCosts& costs) const;
  void draw_lines(const view::Workspace& workspace, const Look& look, const view::SourceText& source,
                  const view::FileCosts& costs);
  // Without a text, what is known about its lines is still known.
  void draw_costs_only(const view::Workspace& workspace, const Look& look,
                       const view::FileCosts& costs) const;

  // How many letters the columns beside the text need.
  struct Gutter {
    const view::FileCosts* of = nullptr;
    std::size_t times = 0;
    std::size_t tasks = 0;
  };
  static Gutter gutter_of(const view::FileCosts& costs);

  view::MadeAside<view::SourceText, TextKey> text_{Window::wake};
  view::MadeAside<view::LineCosts, std::uint64_t> costs_{Window::wake};
  std::shared_ptr<const view::LineCosts> costs_shown_;  // so that the gutter's address stays that file's
  Gutter gutter_;
  std::optional<view::SourcePlace> scrolled_to_;
};

}  // namespace loopscope::gui
