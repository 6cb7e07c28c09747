#include "viewer/gui/stall_details.h"

#include <algorithm>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/detect/system_call.h"
#include "viewer/gui/widgets.h"
#include "viewer/report/stall_facts.h"
#include "viewer/view/stall_lines.h"
#include "viewer/view/tab_text.h"

namespace loopscope::gui {
namespace {

// A name in the colour of links; true if it was clicked.
bool link(const Look& look, std::string_view words, float width) {
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::accent));
  text_within(width, words);
  ImGui::PopStyleColor();
  if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  return ImGui::IsItemClicked();
}

void draw_place(view::Workspace& workspace, const Look& look, const model::Frame& frame) {
  const std::string place = detect::position_text(frame);
  if (place.empty()) return;
  const float width = ImGui::GetContentRegionAvail().x;
  ImGui::PushID(&frame);
  if (frame.file.empty()) {
    ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::faint));
    text_within(width, place);
    ImGui::PopStyleColor();
    ImGui::PopID();
    return;
  }
  const bool clicked = link(look, view::short_place(place), width);
  tooltip(place);
  if (clicked) {
    workspace.open_source({frame.file, frame.line, detect::function_text(frame)});
  }
  ImGui::PopID();
}

// Facts one after the other, as text flows.
class Facts {
 public:
  explicit Facts(const Look& look) : look_(look) {}

  void add(const char* name, const std::string& words) {
    const std::string shown = printable_text(words);
    const float width = ImGui::CalcTextSize(name).x + look_.px(5) + ImGui::CalcTextSize(shown.c_str()).x;
    if (!first_) ImGui::SameLine(0, look_.px(14));
    if (!first_ && ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
    first_ = false;
    text(look_, Paint::faint, name);
    ImGui::SameLine(0, look_.px(5));
    text(shown);
  }

 private:
  const Look& look_;
  bool first_ = true;
};

}  // namespace

void StallDetails::draw(view::Workspace& workspace, const Look& look, const view::StallRow& row) {
  const model::Trace& trace = workspace.trace();
  if (row.stall >= trace.stalls.size()) return;
  const model::Stall& stall = trace.stalls[row.stall];
  if (!known_ || generation_ != workspace.generation() || stall_ != row.stall) {
    known_ = true;
    generation_ = workspace.generation();
    stall_ = row.stall;
    waiting_ = view::who_waited(trace, row.stall);
    const model::StallSample* telling = report::telling_sample(stall);
    sample_ = telling == nullptr ? 0 : static_cast<std::size_t>(telling - stall.samples.data());
  }
  draw_facts(workspace, look, row);
  const float room = ImGui::GetContentRegionAvail().x;
  const bool both = !waiting_.empty();
  ImGui::BeginChild("stack", {both ? room * 0.6F : room, 0});
  draw_stack(workspace, look, stall);
  ImGui::EndChild();
  if (!both) return;
  ImGui::SameLine();
  ImGui::BeginChild("waiting", {0, 0});
  draw_waiting(workspace, look);
  ImGui::EndChild();
}

void StallDetails::draw_facts(view::Workspace& workspace, const Look& look, const view::StallRow& row) const {
  const model::Trace& trace = workspace.trace();
  const model::Stall& stall = trace.stalls[row.stall];
  Facts facts(look);
  facts.add(row.ended ? "lasted" : "did not end in", duration_text(row.duration));
  tooltip(view::ms_text(row.duration) + " ms");
  facts.add("at", duration_text(row.begin));
  if (!row.thread.empty()) facts.add("on", row.thread);
  facts.add("cause", row.cause.empty() ? "not known: nobody looked" : row.cause);
  if (!row.system_call.empty()) facts.add("in", row.system_call + "()");
  if (stall.cpu != model::Stall::kNotWatched) {
    facts.add("running", duration_text(stall.cpu));
    facts.add("waiting for a processor", duration_text(stall.run_queue_wait));
  }
  if (!stall.woken_by.empty()) {
    const std::uint64_t others = stall.woken_events - std::min<std::uint64_t>(stall.woken_events, 1);
    facts.add("woken by",
              printable_text(stall.woken_by.front()) + (others == 0 ? "" : " +" + count_text(others)));
    tooltip(printable_text(report::woken_text(stall)));
  }
  if (stall.suppressed > 0) facts.add("samples left out", count_text(stall.suppressed));
  if (ImGui::SmallButton("Show on timeline"))
    workspace.look_at(row.begin, add_saturating(row.begin, row.duration));
  ImGui::SameLine();
  if (row.task == 0) {
    text(look, Paint::faint,
         row.loop == 0 ? "No task" : "A tick of many short spans, or of work outside of them");
    return;
  }
  text(look, Paint::faint, "task");
  ImGui::SameLine(0, look.px(5));
  const model::SiteIndex site = trace.tasks.site(stall.task);
  const std::string place = site < trace.sites.size() ? detect::place_text(trace.sites[site]) : "";
  if (link(look, fmt::format("{} {}", row.task, place), ImGui::GetContentRegionAvail().x))
    workspace.select_task(stall.task);
}

void StallDetails::draw_stack(view::Workspace& workspace, const Look& look, const model::Stall& stall) {
  if (stall.samples.empty()) {
    text(look, Paint::faint,
         workspace.trace().watched ? "No stack was taken while it lasted."
                                   : "There was no watchdog, so nobody looked what the thread did.");
    return;
  }
  sample_ = std::min(sample_, stall.samples.size() - 1);
  const model::StallSample& sample = stall.samples[sample_];
  ImGui::BeginDisabled(sample_ == 0);
  if (ImGui::SmallButton("<")) --sample_;
  ImGui::EndDisabled();
  ImGui::SameLine(0, look.px(4));
  ImGui::BeginDisabled(sample_ + 1 >= stall.samples.size());
  if (ImGui::SmallButton(">")) ++sample_;
  ImGui::EndDisabled();
  ImGui::SameLine();
  std::string words =
      fmt::format("sample {} of {}: {} in, stands for {}", sample_ + 1, stall.samples.size(),
                  duration_text(subtract_saturating(sample.at, stall.begin)), duration_text(sample.weight));
  if (sample.system_call >= 0) words += ", in " + detect::system_call_text(sample.system_call) + "()";
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(Paint::faint));
  text_within(ImGui::GetContentRegionAvail().x, words);
  ImGui::PopStyleColor();

  std::vector<const model::Frame*> frames;
  for (const model::Frame& frame : sample.stack) {
    if (!detect::is_agent_frame(frame)) frames.push_back(&frame);
  }
  if (frames.empty()) {
    text(look, Paint::faint, sample.trouble.empty() ? "no stack" : "no stack: " + sample.trouble);
    return;
  }
  const model::Frame* const blamed = report::blocking_frame(sample);
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_ScrollY | ImGuiTableFlags_Resizable | ImGuiTableFlags_SizingStretchProp;
  if (!ImGui::BeginTable("frames", 2, kFlags)) return;
  ImGui::TableSetupColumn("function", 0, 3);
  ImGui::TableSetupColumn("place", 0, 2);
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(frames.size()) + (sample.stack_truncated ? 1 : 0));
  while (clipper.Step()) {
    for (int at = clipper.DisplayStart; at < clipper.DisplayEnd; ++at) {
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      if (static_cast<std::size_t>(at) >= frames.size()) {
        text(look, Paint::faint, "... not recorded further down");
        continue;
      }
      const model::Frame& frame = *frames[static_cast<std::size_t>(at)];
      const bool is_blamed = &frame == blamed;
      if (is_blamed) {
        ImGui::TableSetBgColor(ImGuiTableBgTarget_RowBg1, look.paint(Paint::selected));
        ImGui::PushFont(look.bold);
      }
      ImGui::PushStyleColor(ImGuiCol_Text, look.paint(frame.library ? Paint::faint : Paint::text));
      text_within(ImGui::GetContentRegionAvail().x,
                  detect::short_function_text(frame) + (frame.inlined ? " [inlined]" : ""));
      ImGui::PopStyleColor();
      if (is_blamed) ImGui::PopFont();
      ImGui::TableNextColumn();
      draw_place(workspace, look, frame);
    }
  }
  ImGui::EndTable();
}

void StallDetails::draw_waiting(view::Workspace& workspace, const Look& look) const {
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingStretchProp;
  if (!ImGui::BeginTable("who waited", 2, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Who waited", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("for", ImGuiTableColumnFlags_WidthFixed, look.px(56));
  ImGui::TableHeadersRow();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(waiting_.size()));
  while (clipper.Step()) {
    for (int at = clipper.DisplayStart; at < clipper.DisplayEnd; ++at) {
      const view::WaitingTask& one = waiting_[static_cast<std::size_t>(at)];
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      ImGui::PushID(at);
      if (link(look, fmt::format("{} {}", one.number, one.place), ImGui::GetContentRegionAvail().x))
        workspace.select_task(one.task);
      ImGui::PopID();
      ImGui::TableNextColumn();
      text_right(duration_text(one.waited));
    }
  }
  ImGui::EndTable();
}

}  // namespace loopscope::gui
