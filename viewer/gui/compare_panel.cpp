#include "viewer/gui/compare_panel.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/widgets.h"
#include "viewer/view/word_match.h"

namespace loopscope::gui {
namespace {

using view::Change;
using view::Compared;
using view::Comparison;
using view::FindingRow;
using view::SiteChange;

constexpr ImGuiTableFlags kTable = ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY |
                                   ImGuiTableFlags_Resizable | ImGuiTableFlags_BordersInnerV;

Paint paint_of(Change change) {
  switch (change) {
    case Change::worse:
    case Change::appeared: return Paint::critical;
    case Change::better:
    case Change::gone: return Paint::good;
    case Change::more:
    case Change::less: return Paint::text;
    case Change::same: break;
  }
  return Paint::faint;
}

// Of a place or a loop, being new is no fault.
Paint paint_of_presence(Change change) {
  return change == Change::appeared || change == Change::gone ? Paint::info : paint_of(change);
}

// A triangle that says where the number went, then by how much.
void draw_change(const Look& look, const Compared& compared, Paint paint) {
  const float side = ImGui::GetTextLineHeight() * 0.55F;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy({side, ImGui::GetTextLineHeight()});
  const bool only_in_one = compared.change == Change::appeared || compared.change == Change::gone;
  // Nothing before, and something now, has no percentage.
  const double percent = compared.percent.value_or(1);
  if (ImGui::IsItemVisible() && percent != 0 && compared.change != Change::same && !only_in_one) {
    const float top = at.y + (ImGui::GetTextLineHeight() - side) / 2;
    const float tip = percent > 0 ? top : top + side;
    const float base = percent > 0 ? top + side : top;
    ImGui::GetWindowDrawList()->AddTriangleFilled({at.x + side / 2, tip}, {at.x, base}, {at.x + side, base},
                                                  look.paint(paint));
  }
  ImGui::SameLine(0, look.px(3));
  const bool in_words = only_in_one || (!compared.percent && compared.change != Change::same);
  text(look, paint, in_words ? view::change_word(compared.change) : view::percent_change_text(compared));
}

struct Heading {
  const char* name;
  float width;  // at the scale of 1; 0: what is left
};

void head(const Look& look, std::initializer_list<Heading> headings, int frozen_columns = 0) {
  for (const Heading& heading : headings) {
    const bool fixed = heading.width > 0;
    ImGui::TableSetupColumn(heading.name,
                            fixed ? ImGuiTableColumnFlags_WidthFixed : ImGuiTableColumnFlags_WidthStretch,
                            fixed ? look.px(heading.width) : 1);
  }
  ImGui::TableSetupScrollFreeze(frozen_columns, 1);
  ImGui::TableHeadersRow();
}

void cell(std::string_view words) {
  ImGui::TableNextColumn();
  text_within(ImGui::GetContentRegionAvail().x, words);
}

void number_cell(const Look& look, const Compared& compared) {
  ImGui::TableNextColumn();
  const std::string whole = fmt::format("{} before, {} now", compared.base, compared.now);
  text(compared.now == "-" ? compared.base : compared.now);
  tooltip(whole);
  if (compared.change == Change::same || !compared.percent) return;
  ImGui::SameLine(0, look.px(5));
  draw_change(look, compared, paint_of(compared.change));
  tooltip(whole);
}

// Calls `row` for what of `rows` is seen.
template <class Row>
void clipped(std::size_t rows, Row row) {
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(std::min<std::size_t>(rows, 1'000'000)));
  while (clipper.Step()) {
    for (int at = clipper.DisplayStart; at < clipper.DisplayEnd; ++at) row(static_cast<std::size_t>(at));
  }
}

// The whole row can be clicked; to be called in its first column. True if it was.
bool row_clicked(std::size_t row, bool selected) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushID(static_cast<int>(row));
  const bool clicked = ImGui::Selectable(
      "##row", selected, ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowItemOverlap);
  ImGui::PopID();
  ImGui::SameLine(0, 0);
  return clicked;
}

}  // namespace

ComparePanel::Made::Order ComparePanel::order_of(const view::Workspace& workspace) {
  if (baseline_ != workspace.baseline()) {
    baseline_ = workspace.baseline();
    ++baselines_;
  }
  return {fmt::format("{} with baseline {}", workspace.trace().path, baselines_), workspace.generation()};
}

ComparePanel::Made::Make ComparePanel::make_of(const view::Workspace& workspace) {
  return [base = workspace.baseline(), now = workspace.analysis()](const std::stop_token&) {
    return view::compare(*base, *now);
  };
}

std::string ComparePanel::text(const view::Workspace& workspace) {
  if (workspace.baseline() == nullptr) return "Comparison\nno baseline is open\n";
  return "Comparison\n" + view::comparison_text(*made_.now(order_of(workspace), make_of(workspace)));
}

void ComparePanel::draw(view::Workspace& workspace, const Look& look) {
  if (workspace.baseline() == nullptr) {
    nothing_here(
        look, "There is nothing to compare with yet",
        "Drop another trace of the program on this window, the one from before a change, or start with: "
        "loopscope view NEW --compare BASE");
    return;
  }
  const auto order = order_of(workspace);
  const std::shared_ptr<const Comparison> comparison = made_.latest(order, make_of(workspace));
  if (comparison == nullptr) {
    nothing_here(look, "The traces are being compared", "");
    return;
  }
  current_ = made_.made_of() == order;
  filter_rows(workspace, comparison);
  draw_headline(workspace, look, *comparison);
  if (workspace.baseline() == nullptr) return;

  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x < look.px(60) || room.y < look.px(40)) return;
  const float gap = look.px(6);
  const float width = room.x - 2 * gap;
  const auto column = [&](const char* name, float share, const auto& draw) {
    ImGui::BeginChild(name, {width * share, room.y}, false);
    draw();
    ImGui::EndChild();
  };
  column("facts", 0.35F, [&] { draw_facts(look, *comparison); });
  ImGui::SameLine(0, gap);
  column("findings", 0.3F, [&] { draw_findings(workspace, look, *comparison); });
  ImGui::SameLine(0, gap);
  column("sites", 0.35F, [&] { draw_sites(workspace, look, *comparison); });
}

void ComparePanel::filter_rows(const view::Workspace& workspace,
                               const std::shared_ptr<const Comparison>& comparison) {
  if (rows_of_ == comparison && rows_words_ == workspace.filter()) return;
  rows_of_ = comparison;
  rows_words_ = workspace.filter();
  findings_.clear();
  sites_.clear();
  for (std::size_t at = 0; at < comparison->findings.size(); ++at) {
    const FindingRow& row = comparison->findings[at];
    if (view::has_all_words(row.detector + " " + row.place + " " + row.title, rows_words_))
      findings_.push_back(at);
  }
  for (std::size_t at = 0; at < comparison->sites.size(); ++at) {
    const SiteChange& row = comparison->sites[at];
    if (view::has_all_words(row.kind + " " + row.place, rows_words_)) sites_.push_back(at);
  }
}

void ComparePanel::draw_headline(view::Workspace& workspace, const Look& look,
                                 const Comparison& comparison) const {
  constexpr std::array<Change, 5> kTold{Change::appeared, Change::worse, Change::better, Change::gone,
                                        Change::same};
  text_within(look.px(330), fmt::format("{} now, {} before", base_name(comparison.now_path),
                                        base_name(comparison.base_path)));
  ImGui::SameLine();
  gui::text(look, Paint::faint, "findings:");
  bool any = false;
  for (const Change change : kTold) {
    const std::size_t count = comparison.findings_that(change);
    if (count == 0) continue;
    any = true;
    ImGui::SameLine();
    gui::text(look, paint_of(change), fmt::format("{} {}", count_text(count), view::change_word(change)));
  }
  if (!any) {
    ImGui::SameLine();
    gui::text(look, Paint::faint, "none in either");
  }
  ImGui::SameLine();
  if (ImGui::SmallButton("Stop comparing")) workspace.compare_with(nullptr);
}

void ComparePanel::draw_facts(const Look& look, const Comparison& comparison) const {
  if (!ImGui::BeginTable("facts", 4, kTable)) return;
  head(look, {{"Fact", 0}, {"Before", 58}, {"Now", 58}, {"Change", 66}});
  clipped(comparison.facts.size(), [&](std::size_t at) {
    const view::FactRow& row = comparison.facts[at];
    ImGui::TableNextRow();
    cell(row.name);
    cell(row.value.base);
    cell(row.value.now);
    ImGui::TableNextColumn();
    draw_change(look, row.value, paint_of_presence(row.value.change));
    tooltip(view::change_word(row.value.change));
  });
  ImGui::EndTable();
}

void ComparePanel::draw_findings(view::Workspace& workspace, const Look& look,
                                 const Comparison& comparison) const {
  if (!ImGui::BeginTable("findings", 4, kTable)) return;
  head(look, {{"Is", 42}, {"Finding", 0}, {"Before", 66}, {"Now", 66}});
  clipped(findings_.size(), [&](std::size_t at) {
    const FindingRow& row = comparison.findings[findings_[at]];
    const bool selected = current_ && row.now && workspace.selection().finding == row.now;
    if (row_clicked(at, selected) && current_ && row.now) workspace.show_finding(*row.now);
    gui::text(look, paint_of(row.change), view::change_word(row.change));
    tooltip(fmt::format("{}, {}: {}", detect::name_of(row.severity), row.detector, row.title));
    cell(row.place.empty() ? row.detector : row.detector + " " + row.place);
    cell(row.evidence.base == "-" && row.base ? row.price.base : row.evidence.base);
    cell(row.evidence.now == "-" && row.now ? row.price.now : row.evidence.now);
    tooltip(fmt::format("{}; tasks waited {} before, {} now because of it",
                        row.evidence_name.empty() ? "no number says most" : row.evidence_name, row.price.base,
                        row.price.now));
  });
  ImGui::EndTable();
}

void ComparePanel::draw_sites(view::Workspace& workspace, const Look& look,
                              const Comparison& comparison) const {
  if (!ImGui::BeginTable("sites", 7, kTable | ImGuiTableFlags_ScrollX)) return;
  head(look,
       {{"Is", 42},
        {"Place", 150},
        {"Created", 110},
        {"Pending", 90},
        {"p50", 110},
        {"p99", 110},
        {"Running", 120}},
       2);
  clipped(sites_.size(), [&](std::size_t at) {
    const SiteChange& row = comparison.sites[sites_[at]];
    const bool selected = current_ && row.site && workspace.selection().site == row.site;
    if (row_clicked(at, selected) && current_ && row.site) workspace.select_site(*row.site);
    gui::text(look, paint_of_presence(row.change), view::change_word(row.change));
    cell(row.kind + " " + row.place);
    for (const Compared* number :
         {&row.created, &row.pending, &row.lifetime_p50, &row.lifetime_p99, &row.run}) {
      number_cell(look, *number);
    }
  });
  ImGui::EndTable();
}

}  // namespace loopscope::gui
