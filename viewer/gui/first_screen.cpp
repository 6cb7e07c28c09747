#include "viewer/gui/first_screen.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/recent_files.h"
#include "viewer/gui/widgets.h"
#include "viewer/view/first_picture.h"
#include "viewer/view/time_axis.h"

namespace loopscope::gui {
namespace {

// A column that has something is seen, however little it is.
constexpr float kFaintest = 0.12F;

void draw_lane(const Look& look, const view::FirstPicture::Lane& lane, float name_width, float width,
               float height) {
  text_within(name_width - look.px(8), lane.name.empty() ? "thread without a name" : lane.name);
  ImGui::SameLine(name_width);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy({width, height});
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(at, {at.x + width, at.y + height}, look.paint(Paint::panel));
  const float step = width / static_cast<float>(lane.density.size());
  for (std::size_t column = 0; column < lane.density.size(); ++column) {
    if (lane.density[column] <= 0) continue;
    const float left = at.x + step * static_cast<float>(column);
    const ImU32 colour =
        with_alpha(look.paint(Paint::busy), kFaintest + (1 - kFaintest) * lane.density[column]);
    draw.AddRectFilled({left, at.y}, {left + step, at.y + height}, colour);
  }
}

void draw_pending(const Look& look, const view::FirstPicture& picture, float name_width, float width,
                  float height) {
  text_within(name_width - look.px(8), "pending tasks");
  ImGui::SameLine(name_width);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy({width, height});
  if (picture.most_pending <= 0) return;
  std::vector<float> values(picture.pending.begin(), picture.pending.end());
  ImGui::SetCursorScreenPos(at);
  sparkline(look, {width, height}, values, Paint::pending);
}

}  // namespace

std::optional<std::string> draw_welcome(const Look& look, const std::optional<Error>& error) {
  std::optional<std::string> chosen;
  const std::vector<std::string> recent = recent_files();
  ImGui::SetCursorPos({look.px(60), look.px(60)});
  ImGui::BeginGroup();
  ImGui::PushFont(look.bold);
  text("loopscope");
  ImGui::PopFont();
  if (error) {
    ImGui::Spacing();
    text(look, Paint::critical, "This file cannot be shown");
    ImGui::PushTextWrapPos(ImGui::GetWindowWidth() - look.px(60));
    text(error->where.empty() ? error->what : error->where + ": " + error->what);
    if (!error->hint.empty()) text(look, Paint::faint, error->hint);
    ImGui::PopTextWrapPos();
  }
  ImGui::Spacing();
  text("Drop a trace on this window, or record one:");
  ImGui::PushFont(look.mono);
  text(look, Paint::accent, "loopscope record -o trace.pb -- PROGRAM");
  text(look, Paint::accent, "loopscope view trace.pb");
  ImGui::PopFont();
  if (!recent.empty()) {
    ImGui::Spacing();
    text(look, Paint::faint, "Opened last");
    for (const std::string& path : recent) {
      ImGui::PushID(path.c_str());
      const std::string name = printable_text(std::filesystem::path(path).filename().string());
      if (ImGui::SmallButton(name.c_str())) chosen = path;
      ImGui::SameLine();
      text(look, Paint::faint, std::filesystem::path(path).parent_path().string());
      ImGui::PopID();
    }
  }
  ImGui::EndGroup();
  return chosen;
}

bool draw_first_picture(const Look& look, const trace::Overview* overview, const Loading& loading) {
  const float margin = look.px(24);
  ImGui::SetCursorPos({margin, margin});
  ImGui::BeginGroup();
  ImGui::PushFont(look.bold);
  text(std::filesystem::path(loading.path()).filename().string());
  ImGui::PopFont();
  if (overview != nullptr) {
    ImGui::SameLine();
    text(look, Paint::faint,
         fmt::format("{}, {}, {} tasks created, {} finished",
                     plural_text(overview->events, "event", "events"), duration_text(overview->duration()),
                     count_text(overview->created), count_text(overview->finished)));
  }
  const float width = ImGui::GetWindowWidth() - 2 * margin;
  const float button = look.px(80);
  const double share = loading.progress();
  const bool waiting = overview == nullptr && loading.following();
  const std::string words =
      waiting ? "Waiting for the recording to begin" : fmt::format("Reading, {:.0f} %", share * 100);
  ImGui::ProgressBar(static_cast<float>(share), {width - button - look.px(8), 0}, words.c_str());
  ImGui::SameLine();
  const bool cancelled = ImGui::Button("Cancel", {button, 0});
  if (overview != nullptr) {
    const float names = look.px(150);
    const auto columns = static_cast<std::size_t>(std::clamp((width - names) / 2, 32.0F, 1024.0F));
    const view::FirstPicture picture = view::first_picture(*overview, columns);
    ImGui::Spacing();
    for (const auto& lane : picture.lanes) draw_lane(look, lane, names, width - names, look.px(18));
    if (picture.lanes_left_out != 0) {
      text(look, Paint::faint, plural_text(picture.lanes_left_out, "more thread", "more threads"));
    }
    draw_pending(look, picture, names, width - names, look.px(60));
    text(look, Paint::faint, "Events a moment by thread, and pending tasks, from the trace's headers");
  }
  ImGui::EndGroup();
  return cancelled;
}

}  // namespace loopscope::gui
