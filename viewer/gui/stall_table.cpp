#include "viewer/gui/stall_table.h"

#include <algorithm>
#include <iterator>

#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/widgets.h"

namespace loopscope::gui {
namespace {

using Column = view::StallColumn;

struct Head {
  Column column;
  const char* name;
  float width;  // at scale 1
  const char* meaning;
};
constexpr Head kHeads[] = {
    {Column::duration, "Duration", 72, "How long the span or tick lasted; + if it never ended"},
    {Column::begin, "At", 52, "Since the recording began"},
    {Column::cause, "Cause", 58, "What the thread did most of the time"},
    {Column::where, "Where", 124, "The line that is to blame"},
    {Column::waited, "Waited", 50, "Tasks that were due or ready meanwhile"},
    {Column::waited_time, "Wait", 56, "Their waiting time together"},
    {Column::task, "Task", 56, "Whose span it is; none for a tick of many"},
    {Column::loop, "Loop", 40, "Number of the loop"},
    {Column::samples, "Samples", 58, "Stacks taken inside it"}};

void cell(std::string_view words) {
  ImGui::TableNextColumn();
  text_within(ImGui::GetContentRegionAvail().x, words);
}

void number_cell(std::string_view words) {
  ImGui::TableNextColumn();
  text_right(words);
}

}  // namespace

void StallTable::draw(view::Workspace& workspace, const Look& look, const std::vector<view::StallRow>& rows,
                      const view::StallSelection& selection) {
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_Sortable | ImGuiTableFlags_ScrollX | ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg |
      ImGuiTableFlags_Resizable | ImGuiTableFlags_Hideable | ImGuiTableFlags_SizingFixedFit;
  // Where there is more room than all columns need, places get it; where there is less, the table scrolls sideways.
  float least = 0;
  for (const Head& head : kHeads) least += look.px(head.width) + 2 * ImGui::GetStyle().CellPadding.x;
  const float all = ImGui::GetContentRegionAvail().x - ImGui::GetStyle().ScrollbarSize;
  if (!ImGui::BeginTable("stalls", static_cast<int>(std::size(kHeads)), kFlags, {0, 0}, std::max(all, least)))
    return;
  ImGui::TableSetupScrollFreeze(1, 1);
  for (const Head& head : kHeads) {
    ImGuiTableColumnFlags flags = ImGuiTableColumnFlags_PreferSortDescending;
    if (head.column == Column::duration) flags |= ImGuiTableColumnFlags_DefaultSort;
    const bool stretches = head.column == Column::where;
    flags |= stretches ? ImGuiTableColumnFlags_WidthStretch : ImGuiTableColumnFlags_WidthFixed;
    ImGui::TableSetupColumn(head.name, flags, stretches ? 1 : look.px(head.width),
                            static_cast<ImGuiID>(head.column));
  }
  ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
  for (const Head& head : kHeads) {
    if (!ImGui::TableNextColumn()) continue;
    ImGui::TableHeader(head.name);
    tooltip(head.meaning);
  }
  if (ImGuiTableSortSpecs* specs = ImGui::TableGetSortSpecs(); specs != nullptr && specs->SpecsDirty) {
    if (specs->SpecsCount > 0) {
      column_ = static_cast<Column>(specs->Specs[0].ColumnUserID);
      descending_ = specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
    }
    specs->SpecsDirty = false;
    shown_for_.reset();
  }
  const ShownFor now{workspace.generation(), workspace.filter(), selection};
  if (shown_for_ != now) {
    shown_ = view::shown_stalls(rows, workspace.trace(), now.words, selection, column_, descending_);
    shown_for_ = now;
  }

  // What another panel selected comes into sight.
  if (const auto& selected = workspace.selection().stall; selected != scrolled_to_) {
    scrolled_to_ = selected;
    const auto at = std::find_if(shown_.begin(), shown_.end(),
                                 [&](std::uint32_t row) { return selected && rows[row].stall == *selected; });
    if (at != shown_.end()) {
      const float height = ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().CellPadding.y;
      const float top = static_cast<float>(at - shown_.begin()) * height;
      const float room = ImGui::GetWindowHeight() - 2 * height;
      if (top < ImGui::GetScrollY() || top > ImGui::GetScrollY() + room)
        ImGui::SetScrollY(std::max(top - room / 2, 0.0F));
    }
  }
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown_.size()));
  while (clipper.Step()) {
    for (int at = clipper.DisplayStart; at < clipper.DisplayEnd; ++at)
      draw_row(workspace, look, rows[shown_[static_cast<std::size_t>(at)]]);
  }
  ImGui::EndTable();
}

void StallTable::draw_row(view::Workspace& workspace, const Look& look, const view::StallRow& row) {
  ImGui::TableNextRow();
  ImGui::PushID(static_cast<int>(row.stall));
  ImGui::TableNextColumn();
  const bool selected = workspace.selection().stall == row.stall;
  ImGui::PushStyleColor(ImGuiCol_Header, look.paint(Paint::selected));
  if (ImGui::Selectable("##stall", selected,
                        ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowDoubleClick |
                            ImGuiSelectableFlags_AllowItemOverlap)) {
    scrolled_to_ = row.stall;
    workspace.select_stall(row.stall);
    if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left))
      workspace.look_at(row.begin, add_saturating(row.begin, row.duration));
  }
  ImGui::PopStyleColor();
  ImGui::SameLine(0, 0);
  text(duration_text(row.duration) + (row.ended ? "" : "+"));
  number_cell(duration_text(row.begin));
  cell(view::cause_text(row));
  cell(row.where);
  number_cell(row.waited.tasks == 0 ? "-" : count_text(row.waited.tasks));
  number_cell(row.waited.tasks == 0 ? "-" : duration_text(row.waited.total));
  number_cell(row.task == 0 ? "-" : std::to_string(row.task));
  number_cell(row.loop == 0 ? "-" : std::to_string(row.loop));
  number_cell(count_text(row.samples));
  ImGui::PopID();
}

}  // namespace loopscope::gui
