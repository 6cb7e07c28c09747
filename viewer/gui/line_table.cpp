#include "viewer/gui/line_table.h"

#include <algorithm>
#include <iterator>
#include <string>

#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/widgets.h"
#include "viewer/view/tab_text.h"

namespace loopscope::gui {
namespace {

using Column = view::LineColumn;

struct Head {
  Column column;
  const char* name;
  float width;  // at scale 1
  const char* meaning;
};
constexpr Head kHeads[] = {
    {Column::function, "Function", 130, "What was called"},
    {Column::self, "Self", 58, "Stalled time of samples that are blamed on this line"},
    {Column::share, "Share", 50, "Of self in all that is selected"},
    {Column::place, "Line", 110, "Click to see the source"},
    {Column::total, "Total", 58, "Stalled time of samples that have this line anywhere in their stack"},
    {Column::samples, "Samples", 62, "That are blamed on this line"}};

void time_cell(Nanos time) {
  ImGui::TableNextColumn();
  text_right(duration_text(time));
  tooltip(view::ms_text(time) + " ms");
}

}  // namespace

void LineTable::draw(view::Workspace& workspace, const Look& look,
                     const std::shared_ptr<const std::vector<view::StallLine>>& lines,
                     const report::StallProfiles& profiles) {
  if (lines->empty()) {
    nothing_here(look, "No stall lies within what is selected.",
                 "Select another stretch of time, or all of it.");
    return;
  }
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_Sortable | ImGuiTableFlags_ScrollX |
                                     ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg |
                                     ImGuiTableFlags_Resizable | ImGuiTableFlags_SizingFixedFit;
  // Where there is more room than all columns need, names get it; where there is less, the table scrolls sideways.
  float least = 0;
  for (const Head& head : kHeads) least += look.px(head.width) + 2 * ImGui::GetStyle().CellPadding.x;
  const float all = ImGui::GetContentRegionAvail().x - ImGui::GetStyle().ScrollbarSize;
  if (!ImGui::BeginTable("lines", static_cast<int>(std::size(kHeads)), kFlags, {0, 0}, std::max(all, least)))
    return;
  ImGui::TableSetupScrollFreeze(1, 1);
  for (const Head& head : kHeads) {
    const bool words = head.column == Column::function || head.column == Column::place;
    ImGuiTableColumnFlags flags = words ? 0 : ImGuiTableColumnFlags_PreferSortDescending;
    if (head.column == Column::self) flags |= ImGuiTableColumnFlags_DefaultSort;
    flags |= words ? ImGuiTableColumnFlags_WidthStretch : ImGuiTableColumnFlags_WidthFixed;
    ImGui::TableSetupColumn(head.name, flags, words ? head.width : look.px(head.width),
                            static_cast<ImGuiID>(head.column));
  }
  ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
  for (const Head& head : kHeads) {
    if (!ImGui::TableNextColumn()) continue;
    ImGui::TableHeader(head.name);
    tooltip(head.meaning);
  }
  bool sort = of_ != lines;
  if (sort) {
    of_ = lines;
    shown_ = *lines;
  }
  if (ImGuiTableSortSpecs* specs = ImGui::TableGetSortSpecs(); specs != nullptr && specs->SpecsDirty) {
    if (specs->SpecsCount > 0) {
      column_ = static_cast<Column>(specs->Specs[0].ColumnUserID);
      descending_ = specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
    }
    specs->SpecsDirty = false;
    sort = true;
  }
  if (sort) view::sort_lines(shown_, column_, descending_);

  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown_.size()));
  while (clipper.Step()) {
    for (int at = clipper.DisplayStart; at < clipper.DisplayEnd; ++at) {
      const view::StallLine& line = shown_[static_cast<std::size_t>(at)];
      const report::ProfileFrame* frame =
          line.frame < profiles.frames.size() ? &profiles.frames[line.frame] : nullptr;
      const bool own = frame != nullptr && frame->code && !frame->library;
      ImGui::TableNextRow();
      ImGui::PushID(at);
      ImGui::TableNextColumn();
      ImGui::PushStyleColor(ImGuiCol_Text, look.paint(own ? Paint::text : Paint::faint));
      text_within(ImGui::GetContentRegionAvail().x, view::function_of(profiles, line));
      ImGui::PopStyleColor();
      time_cell(line.self);
      ImGui::TableNextColumn();
      text_right(percent_text(line.share));
      ImGui::TableNextColumn();
      if (frame != nullptr && !frame->file.empty()) {
        ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::accent));
        const std::string place = view::place_of(profiles, line);
        text_within(ImGui::GetContentRegionAvail().x, view::short_place(place));
        ImGui::PopStyleColor();
        if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
        tooltip(place);
        if (ImGui::IsItemClicked()) workspace.open_source({frame->file, frame->line, frame->name});
      }
      time_cell(line.total);
      ImGui::TableNextColumn();
      text_right(count_text(line.samples));
      ImGui::PopID();
    }
  }
  ImGui::EndTable();
}

}  // namespace loopscope::gui
