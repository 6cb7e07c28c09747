#include "viewer/gui/stalls_panel.h"

#include <stop_token>
#include <utility>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/widgets.h"
#include "viewer/report/stall_facts.h"

namespace loopscope::gui {
namespace {

constexpr float kListShare = 0.5F;  // of the width

std::string heading(const model::Trace& trace) {
  return fmt::format("{} longer than {}, {} together",
                     plural_text(report::stalls_in_all(trace), "span or tick", "spans or ticks"),
                     duration_text(trace.stall_limit), duration_text(report::stalled_in_all(trace)));
}

// A button that stays down while it is on; it cannot be pressed while there is nothing that it could be about.
void toggle(const Look& look, const char* name, const char* meaning, bool possible, bool& on) {
  const bool down = on && possible;
  if (down) ImGui::PushStyleColor(ImGuiCol_Button, look.paint(Paint::selected));
  ImGui::BeginDisabled(!possible);
  if (ImGui::SmallButton(name)) on = !on;
  ImGui::EndDisabled();
  if (down) ImGui::PopStyleColor();
  tooltip(meaning);
  ImGui::SameLine();
}

}  // namespace

StallsPanel::Sampled StallsPanel::sample(std::shared_ptr<const Analysis> analysis) {
  Sampled sampled;
  sampled.profiles = report::stall_profiles(analysis->trace);
  sampled.rows = view::stall_rows(analysis->trace);
  sampled.analysis = std::move(analysis);
  return sampled;
}

StallsPanel::Picture StallsPanel::picture_of(std::shared_ptr<const Sampled> sampled, const PictureKey& key) {
  Picture picture;
  view::SelectedSamples selected =
      view::select_samples(sampled->analysis->trace, sampled->profiles, key.selection);
  picture.lines =
      std::make_shared<const std::vector<view::StallLine>>(view::stall_lines(sampled->profiles, selected));
  picture.flame = std::make_shared<const view::Flame>(
      view::flame_of(sampled->profiles, std::move(selected), key.with_tasks));
  picture.of = std::move(sampled);
  return picture;
}

StallsPanel::PictureKey StallsPanel::key_of(const view::Workspace& workspace) const {
  PictureKey key;
  key.generation = workspace.generation();
  if (only_selected_stall_) key.selection.stall = workspace.selection().stall;
  if (only_selected_range_) key.selection.range = workspace.selection().range;
  key.with_tasks = with_tasks_;
  return key;
}

void StallsPanel::draw(view::Workspace& workspace, const Look& look) {
  const model::Trace& trace = workspace.trace();
  if (trace.stalls.empty()) {
    nothing_here(look, "Nothing held a loop for longer than " + duration_text(trace.stall_limit) + ".",
                 "That is how long a span or a tick may take before the recording calls it a stall.");
    return;
  }
  const std::uint64_t generation = workspace.generation();
  const std::shared_ptr<const Sampled> sampled = sampled_.latest(
      generation, [analysis = workspace.analysis()](const std::stop_token&) { return sample(analysis); });
  if (sampled == nullptr) {
    nothing_here(look, "Sorting the samples ...", "");
    return;
  }

  const float width = ImGui::GetContentRegionAvail().x;
  ImGui::BeginChild("list", {width * kListShare, 0});
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::faint));
  text_within(ImGui::GetContentRegionAvail().x, heading(trace));
  ImGui::PopStyleColor();
  // Rows of an earlier state would select other stalls than they show.
  if (sampled->analysis == workspace.analysis()) {
    view::StallSelection selection;
    if (only_selected_range_) selection.range = workspace.selection().range;
    table_.draw(workspace, look, sampled->rows, selection);
  }
  ImGui::EndChild();
  ImGui::SameLine();
  ImGui::BeginChild("about them", {0, 0});
  draw_tabs(workspace, look, sampled);
  ImGui::EndChild();
}

void StallsPanel::draw_scope(view::Workspace& workspace, const Look& look) {
  toggle(look, "Selected stall", "Only the samples of the stall that is selected in the list",
         workspace.selection().stall.has_value(), only_selected_stall_);
  toggle(look, "Selected time", "Only what lies within the time that is selected on the timeline",
         workspace.selection().range.has_value(), only_selected_range_);
}

void StallsPanel::draw_tabs(view::Workspace& workspace, const Look& look,
                            const std::shared_ptr<const Sampled>& sampled) {
  if (!ImGui::BeginTabBar("views of stalls")) return;
  const PictureKey key = key_of(workspace);
  // Of an earlier analysis there may be a picture for a moment; it holds all that it shows.
  const auto picture =
      sampled_.is_of(key.generation)
          ? picture_.latest(key, [sampled, key](const std::stop_token&) { return picture_of(sampled, key); })
          : nullptr;
  if (ImGui::BeginTabItem("Flame graph")) {
    draw_scope(workspace, look);
    toggle(look, "Tasks", "Begin with loops and tasks, or merge what all of them have in common", true,
           with_tasks_);
    flame_chart_.draw_switches(look);
    if (picture != nullptr) flame_chart_.draw(workspace, look, picture->flame, picture->of->profiles);
    ImGui::EndTabItem();
  }
  if (ImGui::BeginTabItem("Lines")) {
    draw_scope(workspace, look);
    ImGui::NewLine();
    if (picture != nullptr) line_table_.draw(workspace, look, picture->lines, picture->of->profiles);
    ImGui::EndTabItem();
  }
  const std::optional<std::size_t> selected = workspace.selection().stall;
  const bool bring = selected && selected != detailed_;
  detailed_ = selected;
  if (ImGui::BeginTabItem("Selected stall", nullptr, bring ? ImGuiTabItemFlags_SetSelected : 0)) {
    const bool known =
        selected && *selected < sampled->rows.size() && sampled->analysis == workspace.analysis();
    if (known) {
      details_.draw(workspace, look, sampled->rows[*selected]);
    } else {
      nothing_here(look, "No stall is selected.", "Click on one in the list.");
    }
    ImGui::EndTabItem();
  }
  ImGui::EndTabBar();
}

std::string StallsPanel::text(const view::Workspace& workspace) {
  const std::uint64_t generation = workspace.generation();
  const std::shared_ptr<const Sampled> sampled = sampled_.now(
      generation, [analysis = workspace.analysis()](const std::stop_token&) { return sample(analysis); });
  const PictureKey key = key_of(workspace);
  const std::shared_ptr<const Picture> picture =
      picture_.now(key, [sampled, key](const std::stop_token&) { return picture_of(sampled, key); });

  view::StallSelection selection;
  selection.range = key.selection.range;
  const std::vector<std::uint32_t> shown = view::shown_stalls(
      sampled->rows, workspace.trace(), workspace.filter(), selection, view::StallColumn::duration, true);
  std::string text = "Stalls: " + heading(workspace.trace()) + "\n";
  text += view::stalls_text(sampled->rows, shown);
  if (const auto stall = workspace.selection().stall) {
    text += fmt::format("\nWho waited for the stall at {}\n",
                        *stall < sampled->rows.size() ? duration_text(sampled->rows[*stall].begin) : "");
    text += view::waiting_text(view::who_waited(workspace.trace(), *stall));
  }
  text += "\nLines\n" + view::lines_text(sampled->profiles, *picture->lines);
  text += "\nFlame graph\n" + view::flame_text(*picture->flame, sampled->profiles);
  return text;
}

}  // namespace loopscope::gui
