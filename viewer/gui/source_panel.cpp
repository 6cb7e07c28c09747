#include "viewer/gui/source_panel.h"

#include <algorithm>
#include <filesystem>
#include <stop_token>
#include <system_error>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/widgets.h"
#include "viewer/view/tab_text.h"

namespace loopscope::gui {
namespace {

using view::FileCosts;
using view::LineCost;

// "23 created, 7 pending"; "" where none is created.
std::string tasks_text(const LineCost& cost) {
  if (cost.created == 0) return "";
  return plural_text(cost.created, "task", "tasks") + ", " + count_text(cost.pending) + " pending";
}

// "47 ms / 360 ms"; "" where nothing stalled.
std::string times_text(const LineCost& cost) {
  return cost.total == 0 ? "" : duration_text(cost.self) + " / " + duration_text(cost.total);
}

std::string costs_text(const LineCost& cost) {
  std::string words;
  if (cost.total > 0) {
    words = fmt::format("self {} ({} ms), {}\ntotal {} ({} ms)", duration_text(cost.self),
                        view::ms_text(cost.self), plural_text(cost.samples, "sample", "samples"),
                        duration_text(cost.total), view::ms_text(cost.total));
  }
  if (cost.created > 0) words += (words.empty() ? "" : "\n") + tasks_text(cost);
  return words;
}

float share_of(Nanos part, Nanos most) {
  return most <= 0 ? 0 : std::clamp(static_cast<float>(part) / static_cast<float>(most), 0.0F, 1.0F);
}

}  // namespace

view::SourceText SourcePanel::read(const std::shared_ptr<const Analysis>& analysis, const std::string& file) {
  std::error_code error;
  const std::string current = std::filesystem::current_path(error).string();
  return view::SourceText::read(file, view::source_folders(analysis->trace, current),
                                analysis->trace.process.started_at_unix_ns);
}

SourcePanel::Gutter SourcePanel::gutter_of(const FileCosts& costs) {
  Gutter gutter{&costs, 0, 0};
  for (const LineCost& cost : costs.lines) {
    gutter.times = std::max(gutter.times, times_text(cost).size());
    gutter.tasks = std::max(gutter.tasks, tasks_text(cost).size());
  }
  return gutter;
}

void SourcePanel::draw(view::Workspace& workspace, const Look& look) {
  const view::SourcePlace& place = workspace.source();
  if (place.file.empty()) {
    nothing_here(look, "No source line is selected.",
                 "Click on a place in any other panel to see its source here.");
    return;
  }
  const auto costs = costs_.latest(
      workspace.generation(),
      [analysis = workspace.analysis()](const std::stop_token&) { return view::LineCosts(analysis->trace); });
  const TextKey key{workspace.generation(), place.file};
  const auto source = text_.latest(key, [analysis = workspace.analysis(), file = place.file](
                                            const std::stop_token&) { return read(analysis, file); });
  if (source == nullptr || source->asked() != place.file) {
    nothing_here(look, "Looking for " + place.file + " ...", "");
    return;
  }
  // Times appear when they are there; the text need not wait for them.
  static const FileCosts kNoneYet;
  costs_shown_ = costs;
  const FileCosts& of_file = costs == nullptr ? kNoneYet : costs->of(place.file);
  if (gutter_.of != &of_file) gutter_ = gutter_of(of_file);
  draw_heading(workspace, look, *source, of_file);
  if (source->trouble().empty()) {
    draw_lines(workspace, look, *source, of_file);
  } else {
    draw_costs_only(workspace, look, of_file);
  }
}

void SourcePanel::draw_heading(const view::Workspace& workspace, const Look& look,
                               const view::SourceText& source, const FileCosts& costs) const {
  const view::SourcePlace& place = workspace.source();
  if (ImGui::SmallButton("Copy text")) ImGui::SetClipboardText(view::source_table(source, costs).c_str());
  tooltip("The whole file with what its lines cost, as a table");
  ImGui::SameLine();
  const std::string& path = source.path().empty() ? source.asked() : source.path();
  if (ImGui::SmallButton("Copy path"))
    ImGui::SetClipboardText(fmt::format("{}:{}", path, std::max(place.line, 1U)).c_str());
  ImGui::SameLine();
  text_within(ImGui::GetContentRegionAvail().x,
              path + (place.line == 0 ? "" : ":" + std::to_string(place.line)) +
                  (place.function.empty() ? "" : "  " + place.function));
  if (!source.trouble().empty()) gui::text(look, Paint::warning, source.trouble());
  if (!source.notice().empty()) {
    ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::warning));
    text_within(ImGui::GetContentRegionAvail().x, source.notice());
    ImGui::PopStyleColor();
  }
  if (source.trouble().empty() && place.line > source.lines()) {
    gui::text(look, Paint::warning,
              fmt::format("It has {} only: this is not the text that was compiled.",
                          plural_text(source.lines(), "line", "lines")));
  }
}

void SourcePanel::draw_lines(const view::Workspace& workspace, const Look& look,
                             const view::SourceText& source, const FileCosts& costs) {
  ImGui::PushFont(look.mono);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  ImGui::BeginChild("lines", {0, 0}, false, ImGuiWindowFlags_HorizontalScrollbar);
  const float height = ImGui::GetTextLineHeight();
  const float letter = ImGui::CalcTextSize("0").x;
  const auto letters = [&](std::size_t count) {
    return count == 0 ? 0 : letter * static_cast<float>(count + 2);
  };
  const float numbers = letter * static_cast<float>(std::to_string(source.lines()).size() + 1);
  const float times = letters(gutter_.times);
  const float counts = letters(gutter_.tasks);
  const float words_at = numbers + times + counts + letter;

  const view::SourcePlace& place = workspace.source();
  if (scrolled_to_ != place) {
    scrolled_to_ = place;
    const float line_top = height * (static_cast<float>(std::max(place.line, 1U)) - 1);
    ImGui::SetScrollY(std::max(line_top - (ImGui::GetWindowHeight() - height) / 2, 0.0F));
    ImGui::SetScrollX(0);
  }
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(source.lines()), height);
  while (clipper.Step()) {
    for (int at = clipper.DisplayStart; at < clipper.DisplayEnd; ++at) {
      const auto number = static_cast<std::uint32_t>(at + 1);
      const LineCost* cost = costs.at(number);
      const ImVec2 from = ImGui::GetCursorScreenPos();
      const float left = from.x + ImGui::GetScrollX();
      const float right = left + ImGui::GetWindowWidth();
      if (number == place.line) {
        draw.AddRectFilled({left, from.y}, {right, from.y + height}, look.paint(Paint::selected));
        draw.AddRectFilled({left, from.y}, {left + look.px(3), from.y + height}, look.paint(Paint::accent));
      }
      if (cost != nullptr && cost->total > 0) {
        const float begin = left + numbers;
        const auto bar = [&](Nanos time, float alpha) {
          const float width = std::max(share_of(time, costs.most_total) * (times - letter), 1.0F);
          draw.AddRectFilled({begin, from.y + 1}, {begin + width, from.y + height - 1},
                             with_alpha(look.paint(Paint::stall), alpha));
        };
        bar(cost->total, 0.25F);
        if (cost->self > 0) bar(cost->self, 0.5F);
      }
      const std::string shown = source.shown_line(static_cast<std::size_t>(at));
      const float width = ImGui::CalcTextSize(shown.data(), shown.data() + shown.size()).x;
      draw.AddText({from.x + words_at, from.y}, look.paint(Paint::text), shown.data(),
                   shown.data() + shown.size());
      // Numbers stay where they are when the text is scrolled sideways.
      const std::string line_number = std::to_string(number);
      const float number_width = letter * static_cast<float>(line_number.size());
      if (ImGui::GetScrollX() > 0) {
        draw.AddRectFilled({left, from.y}, {left + words_at - letter / 2, from.y + height},
                           look.paint(number == place.line ? Paint::selected : Paint::panel));
      }
      draw.AddText({left + numbers - letter - number_width, from.y},
                   look.paint(number == place.line ? Paint::text : Paint::faint), line_number.c_str());
      if (cost != nullptr) {
        draw.AddText({left + numbers + letter / 2, from.y}, look.paint(Paint::text),
                     times_text(*cost).c_str());
        draw.AddText({left + numbers + times, from.y}, look.paint(Paint::pending), tasks_text(*cost).c_str());
      }
      ImGui::Dummy({words_at + width + letter, height});
      if (cost != nullptr) tooltip(costs_text(*cost));
    }
  }
  ImGui::EndChild();
  ImGui::PopStyleVar();
  ImGui::PopFont();
}

void SourcePanel::draw_costs_only(const view::Workspace& workspace, const Look& look,
                                  const FileCosts& costs) const {
  if (costs.lines.empty()) return;
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingFixedFit;
  if (!ImGui::BeginTable("costs", 5, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  for (const char* name : {"Line", "Self", "Total", "Samples", "Tasks"}) ImGui::TableSetupColumn(name);
  ImGui::TableHeadersRow();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(costs.lines.size()));
  while (clipper.Step()) {
    for (int at = clipper.DisplayStart; at < clipper.DisplayEnd; ++at) {
      const LineCost& cost = costs.lines[static_cast<std::size_t>(at)];
      ImGui::TableNextRow();
      if (cost.line == workspace.source().line)
        ImGui::TableSetBgColor(ImGuiTableBgTarget_RowBg1, look.paint(Paint::selected));
      ImGui::TableNextColumn();
      text_right(std::to_string(cost.line));
      ImGui::TableNextColumn();
      text_right(cost.total == 0 ? "-" : duration_text(cost.self));
      ImGui::TableNextColumn();
      text_right(cost.total == 0 ? "-" : duration_text(cost.total));
      ImGui::TableNextColumn();
      text_right(cost.total == 0 ? "-" : count_text(cost.samples));
      ImGui::TableNextColumn();
      gui::text(tasks_text(cost));
    }
  }
  ImGui::EndTable();
}

std::string SourcePanel::text(const view::Workspace& workspace) {
  const view::SourcePlace& place = workspace.source();
  if (place.file.empty()) return "Source: nothing is selected\n";
  const auto costs = costs_.now(
      workspace.generation(),
      [analysis = workspace.analysis()](const std::stop_token&) { return view::LineCosts(analysis->trace); });
  const auto source = text_.now({workspace.generation(), place.file},
                                [analysis = workspace.analysis(), file = place.file](const std::stop_token&) {
                                  return read(analysis, file);
                                });
  std::string text = printable_text("Source: " + (source->path().empty() ? source->asked() : source->path()));
  for (const std::string& words : {source->trouble(), source->notice()}) {
    if (!words.empty()) text += ". " + printable_text(words);
  }
  return text + "\n" + view::source_table(*source, costs->of(place.file));
}

}  // namespace loopscope::gui
