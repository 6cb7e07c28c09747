// One task's whole life: a bar of it, what is known of it, where it was created, the chain that led to it, who waits for
// whom around it. Main thread; what needs a search is made on threads of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "viewer/gui/panel.h"
#include "viewer/view/later.h"
#include "viewer/view/task_life.h"
#include "viewer/view/task_notes.h"

namespace loopscope::gui {

class TaskPanel : public Panel {
 public:
  // `wake` asks for another frame, from any thread.
  explicit TaskPanel(std::function<void()> wake) : wake_(std::move(wake)) {}

  void draw(view::Workspace& workspace, const Look& look) override;
  std::string text(const view::Workspace& workspace) override;

 private:
  void follow(const view::Workspace& workspace);
  void draw_head(view::Workspace& workspace, const Look& look, const view::TaskLife& life);
  void draw_bar(const view::Workspace& workspace, const Look& look, const view::TaskLife& life);
  void draw_facts(view::Workspace& workspace, const Look& look, const view::TaskLife& life);
  void draw_origin(view::Workspace& workspace, const Look& look, const view::TaskLife& life);
  void draw_neighbours(view::Workspace& workspace, const Look& look, const view::TaskLife& life);

  std::function<void()> wake_;
  std::uint64_t generation_ = 0;
  view::Later<view::TaskNotes> notes_;
  view::Later<view::TaskLife> life_;
  view::Later<view::TaskDeeds> deeds_;
  model::TaskIndex life_of_ = model::kNoTask;  // whose life was asked for
  Time life_at_ = 0;
  model::TaskIndex deeds_of_ = model::kNoTask;
  std::vector<view::LifePiece> pieces_;
};

}  // namespace loopscope::gui
