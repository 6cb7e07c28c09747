#include "viewer/gui/tasks_panel.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/gui/widgets.h"
#include "viewer/view/time_axis.h"

namespace loopscope::gui {
namespace {

using view::SiteColumn;
using view::TaskColumn;

// A look at so many tasks takes less than a frame can spare.
constexpr std::size_t kTasksAtOnce = 50'000;
// Rows of one page: ImGui's places are floats, which tell pixels apart up to 16 million.
constexpr std::size_t kPage = 100'000;
constexpr std::size_t kMostCopied = 10'000;

struct Column {
  SiteColumn column;
  float width;
  bool number;
};
// In the order on screen: what is pending before what is past.
constexpr std::array<Column, static_cast<std::size_t>(SiteColumn::count_of_them)> kColumns{{
    {SiteColumn::place, 236, false},
    {SiteColumn::kind, 100, false},
    {SiteColumn::pending, 72, true},
    {SiteColumn::pending_now, 60, true},
    {SiteColumn::trend, 76, true},
    {SiteColumn::oldest_pending, 78, true},
    {SiteColumn::created, 80, true},
    {SiteColumn::finished, 80, true},
    {SiteColumn::never_finished, 62, true},
    {SiteColumn::rate, 84, true},
    {SiteColumn::lifetime_p50, 84, true},
    {SiteColumn::lifetime_p99, 84, true},
    {SiteColumn::queue_p99, 76, true},
    {SiteColumn::run, 76, true},
}};

std::string recording_of(const model::Trace& trace) {
  return fmt::format("{} {} {}", trace.path, trace.process.pid, trace.process.started_at_unix_ns);
}

std::string instant(const model::Trace& trace, Time at) {
  return view::instant_text(subtract_saturating(at, trace.begin), 100 * kMicrosecond);
}

std::string as_of(const view::Workspace& workspace) {
  return workspace.cursor() ? "as of " + instant(workspace.trace(), *workspace.cursor()) : "at the end";
}

Paint paint_of(const std::string& outcome) {
  if (outcome == "pending") return Paint::pending;
  return outcome == "ok" ? Paint::text : Paint::warning;
}

// `copied` is called only when the row is copied.
template <class Copied>
void row_menu(view::Workspace& workspace, model::SiteIndex site, Copied copied) {
  if (!ImGui::BeginPopupContextItem("row")) return;
  if (ImGui::MenuItem("Copy row")) ImGui::SetClipboardText(copied().c_str());
  const std::vector<model::Site>& sites = workspace.trace().sites;
  const model::Frame* const frame = site < sites.size() ? detect::shown_frame(sites[site]) : nullptr;
  if (ImGui::MenuItem("Show source", nullptr, false, frame != nullptr && !frame->file.empty())) {
    workspace.open_source({frame->file, frame->line, detect::function_text(*frame)});
  }
  ImGui::EndPopup();
}

}  // namespace

void TasksPanel::follow(const view::Workspace& workspace) {
  const std::shared_ptr<const Analysis>& analysis = workspace.analysis();
  if (generation_ != workspace.generation()) {
    generation_ = workspace.generation();
    const std::string program = recording_of(analysis->trace);
    if (std::exchange(program_, program) != program) {
      rows_.clear();
      open_.reset();
      seen_selected_.reset();
    }
    by_site_.clear();
    list_.clear();
    labelled_.clear();
    words_ = {};
    trends_.clear();
    shown_is_new_ = true;
    rows_.start([analysis](const std::stop_token&) { return view::site_rows(analysis->trace); }, wake_,
                analysis->trace.tasks.size() <= kTasksAtOnce);
  }
  shown_is_new_ |= rows_.take();
  wanted_.words = workspace.filter() + " " + search_;
  wanted_.at = workspace.cursor();
  follow_labels(workspace);
  if (!shown_is_new_ && shown_of_ == wanted_) return;
  if (shown_is_new_ || shown_of_.at != wanted_.at) {
    then_ = view::PendingThen(analysis->trace, wanted_.at);
    trends_.clear();
  }
  shown_of_ = wanted_;
  shown_is_new_ = false;
  shown_.clear();
  if (rows_.value() == nullptr) return;
  const view::LabelledTasks* const labelled = words_.labels().empty() ? nullptr : labelled_.value().get();
  shown_ = view::shown_sites(*rows_.value(), then_, {words_, labelled, wanted_.pending_only},
                             {wanted_.column, wanted_.descending});
}

void TasksPanel::follow_labels(const view::Workspace& workspace) {
  view::FilterWords words(wanted_.words);
  if (words.labels() != words_.labels()) {
    labelled_.clear();
    list_is_new_ = true;
    if (!words.labels().empty()) {
      const auto& analysis = workspace.analysis();
      labelled_.start(
          [analysis, labels = words.labels()](const std::stop_token& stop) {
            return view::LabelledTasks::of(analysis->trace, labels, stop);
          },
          wake_, analysis->trace.tasks.size() + analysis->trace.labels.size() <= kTasksAtOnce);
      shown_is_new_ = true;
    }
  }
  words_ = std::move(words);
  if (labelled_.take()) {
    shown_is_new_ = true;
    list_is_new_ = true;
  }
}

void TasksPanel::follow_list(const view::Workspace& workspace) {
  if (!open_) return;
  const std::shared_ptr<const Analysis>& analysis = workspace.analysis();
  if (by_site_.value() == nullptr && !by_site_.under_way()) {
    by_site_.start(
        [analysis](const std::stop_token& stop) { return view::TasksBySite::of(analysis->trace, stop); },
        wake_, analysis->trace.tasks.size() <= kTasksAtOnce);
    list_is_new_ = true;
  }
  list_is_new_ |= by_site_.take();
  list_.take();
  const view::SiteRow* const row = open_row();
  list_wanted_.site = *open_;
  list_wanted_.pending_at.reset();
  if (wanted_.pending_only) list_wanted_.pending_at = workspace.cursor().value_or(kNever);
  // A word that the site's own text has is none of its tasks' labels.
  list_wanted_.labelled =
      row != nullptr && labelled_.value() != nullptr && !words_.label_words_in(row->words);
  if (by_site_.value() == nullptr || (!list_is_new_ && list_of_ == list_wanted_)) return;
  // A list under way is waited for, since a cursor that is moved wants a new one every frame.
  if (list_.under_way() && !list_is_new_ && list_of_.site == list_wanted_.site) return;
  if (list_of_.site != list_wanted_.site) list_.clear();
  list_of_ = list_wanted_;
  list_is_new_ = false;
  page_ = 0;
  view::TaskListOptions options{list_of_.site, list_of_.pending_at, nullptr, list_of_.column,
                                list_of_.descending};
  if (list_of_.labelled) options.labelled = labelled_.value();
  list_.start(
      [analysis, index = by_site_.value(), options](const std::stop_token& stop) {
        return view::TaskList::of(analysis->trace, index, options, stop);
      },
      wake_, by_site_.value()->of_site(*open_).size() <= kTasksAtOnce);
}

const view::SiteRow* TasksPanel::open_row() const {
  if (!open_ || rows_.value() == nullptr) return nullptr;
  const auto found = std::find_if(rows_.value()->begin(), rows_.value()->end(),
                                  [&](const view::SiteRow& row) { return row.site == *open_; });
  return found == rows_.value()->end() ? nullptr : &*found;
}

void TasksPanel::toggle(model::SiteIndex site) {
  if (open_ == site) {
    open_.reset();
  } else {
    open_ = site;
  }
  page_ = 0;
}

void TasksPanel::draw(view::Workspace& workspace, const Look& look) {
  follow(workspace);
  draw_head(workspace, look);
  follow(workspace);
  follow_list(workspace);
  if (rows_.value() == nullptr) {
    nothing_here(look, "Looking at the tasks", "");
  } else if (rows_.value()->empty()) {
    nothing_here(look, "No task was created in this trace",
                 "Was the program built with the agent, or recorded with loopscope record?");
  } else if (shown_.empty()) {
    const bool looking = labelled_.under_way();
    nothing_here(look, looking ? "Looking for tasks with that label" : "No site matches",
                 looking ? "" : "Every word has to be found; key=value is a label of tasks.");
  } else {
    draw_table(workspace, look);
  }
}

void TasksPanel::draw_head(const view::Workspace& workspace, const Look& look) {
  search_box("tasks", search_, "place, kind, file, key=value", look.px(230));
  ImGui::SameLine();
  ImGui::Checkbox("Pending only", &wanted_.pending_only);
  ImGui::SameLine();
  std::string words = as_of(workspace);
  if (rows_.value() != nullptr) {
    words += shown_.size() == rows_.value()->size()
                 ? ", " + plural_text(shown_.size(), "site", "sites")
                 : fmt::format(", {} of {}", count_text(shown_.size()),
                               plural_text(rows_.value()->size(), "site", "sites"));
  }
  if (!then_.known()) words += "; what was pending before the end is not known of this trace";
  if (workspace.trace().streamed()) words += "; finished tasks are only summed up";
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::faint));
  text_within(ImGui::GetContentRegionAvail().x, words);
  ImGui::PopStyleColor();
}

std::size_t TasksPanel::rows_of_list() const {
  if (!open_) return 0;
  if (list_.value() == nullptr) return 1;
  const std::size_t size = list_.value()->size();
  const bool pages = size > kPage || list_.value()->left_out() != 0;
  const std::size_t first = std::min(page_ * kPage, size);
  return 1 + std::min(kPage, size - first) + (pages ? 1 : 0);
}

void TasksPanel::take_order() {
  ImGuiTableSortSpecs* const specs = ImGui::TableGetSortSpecs();
  if (specs == nullptr || !specs->SpecsDirty) return;
  wanted_.column.reset();
  if (specs->SpecsCount > 0) {
    wanted_.column = static_cast<SiteColumn>(specs->Specs[0].ColumnUserID);
    wanted_.descending = specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
  }
  specs->SpecsDirty = false;
}

void TasksPanel::scroll_to_selection(const view::Workspace& workspace, float row_height) {
  const std::optional<model::SiteIndex> selected = workspace.selection().site;
  if (std::exchange(seen_selected_, selected) == selected || !selected) return;
  float rows = 0;
  for (const std::uint32_t at : shown_) {
    const model::SiteIndex site = (*rows_.value())[at].site;
    if (site == *selected) {
      ImGui::SetScrollY(std::max(0.0F, (rows - 1) * row_height));
      return;
    }
    rows += 1;
    if (open_ == site) rows += static_cast<float>(rows_of_list());
  }
}

void TasksPanel::draw_table(view::Workspace& workspace, const Look& look) {
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_Resizable | ImGuiTableFlags_Reorderable |
                                     ImGuiTableFlags_Hideable | ImGuiTableFlags_Sortable |
                                     ImGuiTableFlags_SortTristate | ImGuiTableFlags_ScrollX |
                                     ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg |
                                     ImGuiTableFlags_BordersInnerV | ImGuiTableFlags_SizingFixedFit;
  if (!ImGui::BeginTable("sites", static_cast<int>(kColumns.size()), kFlags)) return;
  ImGui::TableSetupScrollFreeze(1, 1);
  for (const Column& column : kColumns) {
    const ImGuiTableColumnFlags flags =
        ImGuiTableColumnFlags_WidthFixed |
        (column.number ? ImGuiTableColumnFlags_PreferSortDescending : ImGuiTableColumnFlags_None) |
        (column.column == SiteColumn::place ? ImGuiTableColumnFlags_NoHide : ImGuiTableColumnFlags_None);
    ImGui::TableSetupColumn(view::column_name(column.column), flags, look.px(column.width),
                            static_cast<ImGuiID>(column.column));
  }
  ImGui::TableHeadersRow();
  take_order();

  // The open site's tasks are rows of the same table, so that one clipper sees to it that only visible ones are made.
  std::size_t open_at = shown_.size();
  for (std::size_t at = 0; at < shown_.size() && open_; ++at) {
    if ((*rows_.value())[shown_[at]].site == *open_) open_at = at;
  }
  const std::size_t below = open_at < shown_.size() ? rows_of_list() : 0;
  const float row_height = ImGui::GetTextLineHeight() + ImGui::GetStyle().CellPadding.y * 2;
  scroll_to_selection(workspace, row_height);
  const std::shared_ptr<const std::vector<view::SiteRow>> rows = rows_.value();
  const std::shared_ptr<const view::TaskList> list = list_.value();
  const std::size_t page = page_;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown_.size() + below), row_height);
  while (clipper.Step()) {
    for (int line = clipper.DisplayStart; line < clipper.DisplayEnd; ++line) {
      const auto at = static_cast<std::size_t>(line);
      ImGui::TableNextRow(ImGuiTableRowFlags_None, row_height);
      ImGui::PushID(line);
      if (at <= open_at) {
        draw_site(workspace, look, (*rows)[shown_[at]]);
      } else if (at > open_at + below) {
        draw_site(workspace, look, (*rows)[shown_[at - below]]);
      } else if (at == open_at + 1) {
        draw_list_head(look);
      } else if (list != nullptr) {
        const std::size_t task = page * kPage + (at - open_at - 2);
        if (task < list->size() && at - open_at - 2 < kPage) {
          draw_task(workspace, look, *list, task);
        } else {
          draw_pages(look, *list);
        }
      }
      ImGui::PopID();
    }
  }
  ImGui::EndTable();
}

void TasksPanel::draw_site(view::Workspace& workspace, const Look& look, const view::SiteRow& row) {
  const bool is_open = open_ == row.site;
  for (int number = 0; number < static_cast<int>(kColumns.size()); ++number) {
    const SiteColumn column = kColumns[static_cast<std::size_t>(number)].column;
    // The first column has what is clicked, so it is made even where it is out of sight.
    if (!ImGui::TableSetColumnIndex(number) && number != 0) continue;
    if (number == 0) {
      const bool selected = workspace.selection().site == row.site;
      if (ImGui::Selectable("##row", selected,
                            ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowItemOverlap |
                                ImGuiSelectableFlags_AllowDoubleClick)) {
        seen_selected_ = row.site;
        workspace.select_site(row.site);
        if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) toggle(row.site);
      }
      row_menu(workspace, row.site, [&] { return view::sites_text({row}, then_, {0}, 1); });
      ImGui::SameLine(0, 0);
      if (ImGui::SmallButton(is_open ? "-" : "+")) toggle(row.site);
      tooltip(is_open ? "Hide its tasks" : "Show its tasks");
      ImGui::SameLine();
      text_within(ImGui::GetContentRegionAvail().x, view::cell_text(row, then_, column));
    } else if (column == SiteColumn::kind) {
      text_within(ImGui::GetContentRegionAvail().x, row.kind);
    } else if (column == SiteColumn::trend) {
      auto found = trends_.find(row.site);
      if (found == trends_.end()) {
        found = trends_.emplace(row.site, view::pending_trend(workspace.trace(), row.site, workspace.now()))
                    .first;
      }
      sparkline(look, {ImGui::GetContentRegionAvail().x, ImGui::GetTextLineHeight()}, found->second,
                Paint::pending);
    } else {
      text_right(view::cell_text(row, then_, column));
    }
  }
}

void TasksPanel::draw_list_head(const Look& look) {
  const auto sort_button = [&](TaskColumn column, const char* name) {
    const bool is_it = list_wanted_.column == column;
    const std::string label = std::string(name) + (!is_it ? "" : list_wanted_.descending ? " v" : " ^");
    ImGui::PushStyleColor(ImGuiCol_Text, look.paint(is_it ? Paint::accent : Paint::faint));
    if (ImGui::SmallButton(label.c_str())) {
      list_wanted_.descending = is_it ? !list_wanted_.descending : column != TaskColumn::created;
      list_wanted_.column = column;
    }
    ImGui::PopStyleColor();
  };
  for (int number = 0; number < static_cast<int>(kColumns.size()); ++number) {
    if (!ImGui::TableSetColumnIndex(number)) continue;
    ImGui::TableSetBgColor(ImGuiTableBgTarget_CellBg, look.paint(Paint::raised));
    switch (kColumns[static_cast<std::size_t>(number)].column) {
      case SiteColumn::place: {
        const bool looking = by_site_.under_way() || list_.under_way();
        const std::size_t size = list_.value() == nullptr ? 0 : list_.value()->size();
        gui::text(look, Paint::faint,
                  looking ? "     looking" : "     " + plural_text(size, "task", "tasks"));
        break;
      }
      case SiteColumn::kind: gui::text(look, Paint::faint, "outcome"); break;
      case SiteColumn::created: sort_button(TaskColumn::created, "created"); break;
      case SiteColumn::finished: gui::text(look, Paint::faint, "finished"); break;
      case SiteColumn::oldest_pending: sort_button(TaskColumn::life, "age, life"); break;
      case SiteColumn::rate: sort_button(TaskColumn::runs, "runs"); break;
      case SiteColumn::queue_p99: gui::text(look, Paint::faint, "queue"); break;
      case SiteColumn::run: sort_button(TaskColumn::run_time, "run time"); break;
      default: break;
    }
  }
}

void TasksPanel::draw_task(view::Workspace& workspace, const Look& look, const view::TaskList& list,
                           std::size_t at) {
  const model::Trace& trace = workspace.trace();
  const model::TaskIndex task = list[at];
  if (task >= trace.tasks.size()) return;
  const view::TaskRow row = view::task_row(trace, task, workspace.now());
  for (int number = 0; number < static_cast<int>(kColumns.size()); ++number) {
    if (!ImGui::TableSetColumnIndex(number) && number != 0) continue;
    switch (kColumns[static_cast<std::size_t>(number)].column) {
      case SiteColumn::place: {
        if (ImGui::Selectable("##row", workspace.selection().task == task,
                              ImGuiSelectableFlags_SpanAllColumns)) {
          seen_selected_ = trace.tasks.site(task);
          workspace.select_task(task);
        }
        row_menu(workspace, trace.tasks.site(task), [&] {
          return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", row.task, row.outcome, row.created,
                             row.finished, row.life.empty() ? row.age : row.life, row.runs, row.run_time,
                             row.queue);
        });
        ImGui::SameLine(0, 0);
        gui::text("     " + row.task);
        break;
      }
      case SiteColumn::kind: gui::text(look, paint_of(row.outcome), row.outcome); break;
      case SiteColumn::created: text_right(row.created); break;
      case SiteColumn::finished: text_right(row.finished); break;
      case SiteColumn::oldest_pending: text_right(row.life.empty() ? row.age : row.life); break;
      case SiteColumn::rate: text_right(row.runs); break;
      case SiteColumn::queue_p99: text_right(row.queue); break;
      case SiteColumn::run: text_right(row.run_time); break;
      default: break;
    }
  }
}

void TasksPanel::draw_pages(const Look& look, const view::TaskList& list) {
  ImGui::TableSetColumnIndex(0);
  const std::size_t pages = (list.size() + kPage - 1) / kPage;
  if (page_ > 0) {
    if (ImGui::SmallButton("Earlier")) --page_;
    ImGui::SameLine();
  }
  if (page_ + 1 < pages) {
    if (ImGui::SmallButton("Later")) ++page_;
    ImGui::SameLine();
  }
  const std::size_t first = page_ * kPage;
  std::string words = fmt::format("{} to {} of {}", count_text(first + 1),
                                  count_text(std::min(first + kPage, list.size())), count_text(list.size()));
  if (list.left_out() != 0) words += ", and " + count_text(list.left_out()) + " more in no order";
  gui::text(look, Paint::faint, words);
}

std::string TasksPanel::text(const view::Workspace& workspace) {
  if (!workspace.loaded()) return "";
  follow(workspace);
  std::string words = "Tasks by site, " + as_of(workspace) + "\n";
  if (rows_.value() != nullptr) words += view::sites_text(*rows_.value(), then_, shown_, kMostCopied);
  const view::SiteRow* const row = open_row();
  if (row == nullptr || list_.value() == nullptr) return words;
  words += "\nTasks of " + printable_text(row->place) + "\n";
  return words + view::tasks_text(workspace.trace(), *list_.value(), workspace.now(), kMostCopied);
}

}  // namespace loopscope::gui
