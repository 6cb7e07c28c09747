// The table of sites, each of which opens into its single tasks. Main thread; what needs a look at every task is made on
// threads of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "viewer/gui/panel.h"
#include "viewer/view/labelled_tasks.h"
#include "viewer/view/later.h"
#include "viewer/view/task_groups.h"
#include "viewer/view/task_list.h"
#include "viewer/view/tasks_by_site.h"

namespace loopscope::gui {

class TasksPanel : public Panel {
 public:
  // `wake` asks for another frame, from any thread.
  explicit TasksPanel(std::function<void()> wake) : wake_(std::move(wake)) {}

  void draw(view::Workspace& workspace, const Look& look) override;
  std::string text(const view::Workspace& workspace) override;

 private:
  // What the table shows; it is made anew when one of these changes.
  struct Shown {
    std::string words;
    bool pending_only = false;
    std::optional<view::SiteColumn> column;
    bool descending = true;
    std::optional<Time> at;
    bool operator==(const Shown&) const = default;
  };
  // The same for the tasks of the open site.
  struct Listed {
    model::SiteIndex site = model::kNoSite;
    std::optional<Time> pending_at;
    bool labelled = false;
    view::TaskColumn column = view::TaskColumn::created;
    bool descending = false;
    bool operator==(const Listed&) const = default;
  };

  void follow(const view::Workspace& workspace);
  void follow_labels(const view::Workspace& workspace);
  void follow_list(const view::Workspace& workspace);
  const view::SiteRow* open_row() const;
  void toggle(model::SiteIndex site);

  void draw_head(const view::Workspace& workspace, const Look& look);
  void draw_table(view::Workspace& workspace, const Look& look);
  void take_order();
  void scroll_to_selection(const view::Workspace& workspace, float row_height);
  void draw_site(view::Workspace& workspace, const Look& look, const view::SiteRow& row);
  void draw_list_head(const Look& look);
  void draw_task(view::Workspace& workspace, const Look& look, const view::TaskList& list, std::size_t at);
  void draw_pages(const Look& look, const view::TaskList& list);
  // Rows that the open site has below its own.
  std::size_t rows_of_list() const;

  std::function<void()> wake_;
  std::uint64_t generation_ = 0;
  std::string program_;  // which recording the rows are of
  view::Later<std::vector<view::SiteRow>> rows_;
  view::Later<view::LabelledTasks> labelled_;
  view::FilterWords words_;
  view::Later<view::TasksBySite> by_site_;
  view::Later<view::TaskList> list_;

  std::string search_;
  Shown wanted_;
  Shown shown_of_;
  bool shown_is_new_ = true;  // something else than wanted_ has changed
  view::PendingThen then_;
  std::vector<std::uint32_t> shown_;  // into rows_
  std::unordered_map<model::SiteIndex, std::vector<float>> trends_;

  std::optional<model::SiteIndex> open_;
  Listed list_wanted_;
  Listed list_of_;
  bool list_is_new_ = false;
  std::size_t page_ = 0;
  std::optional<model::SiteIndex> seen_selected_;
};

}  // namespace loopscope::gui
