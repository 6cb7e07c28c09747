#include "viewer/gui/application.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/compare_panel.h"
#include "viewer/gui/findings_panel.h"
#include "viewer/gui/first_screen.h"
#include "viewer/gui/keyboard.h"
#include "viewer/gui/map_panel.h"
#include "viewer/gui/recent_files.h"
#include "viewer/gui/source_panel.h"
#include "viewer/gui/stalls_panel.h"
#include "viewer/gui/task_panel.h"
#include "viewer/gui/tasks_panel.h"
#include "viewer/gui/timeline_panel.h"
#include "viewer/gui/widgets.h"
#include "viewer/report/summary.h"

namespace loopscope::gui {
namespace {

using std::chrono::steady_clock;
using view::Pane;

constexpr std::chrono::seconds kToast{4};

struct PaneName {
  Pane pane;
  const char* name;
  const char* key;
};
constexpr std::array<PaneName, 6> kPanes{{{Pane::tasks, "Tasks", "1"},
                                          {Pane::task, "Task", "2"},
                                          {Pane::stalls, "Stalls", "3"},
                                          {Pane::map, "Map", "4"},
                                          {Pane::source, "Source", "5"},
                                          {Pane::compare, "Compare", "6"}}};

Paint paint_of(detect::Verdict::Status status) {
  switch (status) {
    case detect::Verdict::Status::healthy: return Paint::good;
    case detect::Verdict::Status::warning: return Paint::warning;
    case detect::Verdict::Status::critical: return Paint::critical;
  }
  return Paint::info;
}

// A bar between two regions that can be dragged; `share` is that of the first of them in `whole` pixels.
void splitter(const Look& look, const char* name, bool upright, float whole, ImVec2 size, float& share) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::InvisibleButton(name, size);
  const bool touched = ImGui::IsItemHovered() || ImGui::IsItemActive();
  if (touched) ImGui::SetMouseCursor(upright ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
  if (ImGui::IsItemActive()) {
    const ImVec2 moved = ImGui::GetIO().MouseDelta;
    share = std::clamp(share + (upright ? moved.x : moved.y) / std::max(whole, 1.0F), 0.1F, 0.9F);
  }
  ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + size.x, at.y + size.y},
                                            look.paint(touched ? Paint::accent : Paint::window));
}

}  // namespace

Application::Application(Window& window) : window_(window), loading_(Window::wake), other_(Window::wake) {
  const auto pane = [this](Pane which) -> std::unique_ptr<Panel>& {
    return panes_[static_cast<std::size_t>(which)];
  };
  findings_ = std::make_unique<FindingsPanel>();
  timeline_ = std::make_unique<TimelinePanel>();
  pane(Pane::tasks) = std::make_unique<TasksPanel>(Window::wake);
  pane(Pane::task) = std::make_unique<TaskPanel>(Window::wake);
  pane(Pane::stalls) = std::make_unique<StallsPanel>();
  pane(Pane::map) = std::make_unique<MapPanel>(Window::wake);
  pane(Pane::source) = std::make_unique<SourcePanel>();
  pane(Pane::compare) = std::make_unique<ComparePanel>(Window::wake);
  make_actions();
}

void Application::open(const std::string& path, bool follow) {
  error_.reset();
  overview_.reset();
  held_back_.reset();
  held_ = false;
  workspace_.open(nullptr);
  loading_.start(path, follow);
  window_.set_title(printable_text(std::filesystem::path(path).filename().string()) + " - loopscope");
}

void Application::compare_with(const std::string& path) { other_.start(path, false); }

void Application::drop(const std::string& path) {
  if (workspace_.loaded() && workspace_.pane() == Pane::compare) {
    compare_with(path);
  } else {
    open(path, false);
  }
}

void Application::say(const std::string& words) {
  toast_ = words;
  toast_until_ = steady_clock::now() + kToast;
}

double Application::may_sleep() const {
  // Where drawing is software's, more frames of a growing bar would take the processor from the threads that read.
  if (loading_.reading() || other_.reading() || loading_.following()) return 0.1;
  if (steady_clock::now() < toast_until_) return 0.1;
  return 1;
}

void Application::take_news() {
  // The last frame showed what was there then.
  if (!first_picture_ && (overview_ != nullptr || workspace_.loaded())) first_picture_ = steady_clock::now();
  if (!all_shown_ && workspace_.loaded()) all_shown_ = steady_clock::now();
  if (state_is_new_ && workspace_.loaded()) {
    // The last frame showed it.
    const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    const model::Trace& trace = workspace_.trace();
    latencies_.push_back(
        subtract_saturating(now, add_saturating(trace.process.started_at_unix_ns, trace.end)));
    state_is_new_ = false;
  }
  Loading::News news = loading_.take();
  if (news.overview != nullptr) overview_ = std::move(news.overview);
  if (news.error) {
    if (workspace_.loaded()) {
      say(news.error->text());
    } else {
      error_ = std::move(news.error);
    }
  }
  if (news.analysis != nullptr) {
    if (!workspace_.loaded()) remember_file(loading_.path());
    if (held_ && news.same_trace) {
      held_back_ = std::move(news.analysis);
    } else {
      workspace_.open(std::move(news.analysis), news.same_trace);
      state_is_new_ = loading_.following();
    }
    ++states_shown_;
  }
  if (!held_ && held_back_ != nullptr) workspace_.open(std::exchange(held_back_, nullptr), true);

  Loading::News other = other_.take();
  if (other.error) say(other.error->text());
  if (other.analysis != nullptr) workspace_.compare_with(std::move(other.analysis));
}

void Application::make_actions() {
  actions_.push_back({"Find a command", "Ctrl+P", [this] { palette_.open(); }});
  actions_.push_back({"Help: keys and mouse", "?", [this] { help_.toggle(); }});
  for (const PaneName& pane : kPanes) {
    actions_.push_back(
        {std::string("Show ") + pane.name, pane.key, [this, pane] { workspace_.show(pane.pane); }});
  }
  actions_.push_back({"Show or hide findings", "F", [this] { findings_open_ = !findings_open_; }});
  actions_.push_back({"Show the worst finding", "Home", [this] { workspace_.show_finding(0); }});
  actions_.push_back({"Next finding", "Ctrl+Down", [this] {
                        workspace_.show_finding(workspace_.selection().finding.value_or(SIZE_MAX) + 1);
                      }});
  actions_.push_back({"Previous finding", "Ctrl+Up", [this] {
                        const std::size_t now = workspace_.selection().finding.value_or(0);
                        if (now > 0) workspace_.show_finding(now - 1);
                      }});
  actions_.push_back({"Hold the view while data comes in", "Space", [this] {
                        if (!loading_.following()) return;
                        held_ = !held_;
                        say(held_ ? "Held: the view stays as it is while the recording goes on"
                                  : "Following again");
                      }});
  actions_.push_back({"Dark or light", "T", [this] { window_.set_dark(!window_.look().dark); }});
  actions_.push_back({"Larger", "Ctrl++", [this] { window_.set_scale(window_.look().scale * 1.125F); }});
  actions_.push_back({"Smaller", "Ctrl+-", [this] { window_.set_scale(window_.look().scale / 1.125F); }});
  actions_.push_back({"Copy the lower panel as text", "Ctrl+Shift+C", [this] {
                        for (const PaneName& pane : kPanes) {
                          if (pane.pane == workspace_.pane() && panel_of(pane.pane) != nullptr) {
                            copy(*panel_of(pane.pane), pane.name);
                          }
                        }
                      }});
  actions_.push_back({"Copy the findings as text", "Ctrl+Shift+F", [this] {
                        if (findings_ != nullptr) copy(*findings_, "Findings");
                      }});
  actions_.push_back({"Copy the timeline as text", "Ctrl+Shift+T", [this] {
                        if (timeline_ != nullptr) copy(*timeline_, "Timeline");
                      }});
  actions_.push_back(
      {"Save a picture of the window", "Ctrl+Shift+S", [this] { save_picture("window", {}); }});
  actions_.push_back(
      {"Save a picture of the timeline", "", [this] { save_picture("timeline", timeline_place_); }});
  actions_.push_back(
      {"Save a picture of the lower panel", "", [this] { save_picture("panel", pane_place_); }});
  actions_.push_back(
      {"Save a picture of the findings", "", [this] { save_picture("findings", findings_place_); }});
  actions_.push_back({"Read the trace again", "F5", [this] {
                        if (!loading_.path().empty())
                          open(std::string(loading_.path()), loading_.following());
                      }});
  actions_.push_back({"Close the trace", "Ctrl+W", [this] {
                        loading_.cancel();
                        workspace_.open(nullptr);
                        overview_.reset();
                        error_.reset();
                      }});
  actions_.push_back({"Quit", "Ctrl+Q", [this] { quit_ = true; }});
}

void Application::copy(Panel& panel, const char* name) {
  if (!workspace_.loaded()) return;
  const std::string text = panel.text(workspace_);
  ImGui::SetClipboardText(text.c_str());
  const auto lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  say(fmt::format("{}: {} copied", name, plural_text(lines, "line", "lines")));
}

void Application::save_picture(const char* what, Window::Part part) {
  // Never over a picture that is there already.
  std::error_code error;
  std::string path;
  for (int number = 1; number < 1000; ++number) {
    path = fmt::format("loopscope-{}-{}.png", what, number);
    if (!std::filesystem::exists(path, error)) break;
  }
  window_.save_picture(path, part);
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  say("Saved as " + whole.string());
}

void Application::draw() {
  take_news();
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(screen);
  constexpr ImGuiWindowFlags kWhole = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                      ImGuiWindowFlags_NoSavedSettings |
                                      ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoBackground;
  ImGui::Begin("loopscope", nullptr, kWhole);
  if (workspace_.loaded()) {
    draw_top_bar();
    draw_banner();
    draw_body();
  } else if (loading_.reading()) {
    if (draw_first_picture(window_.look(), overview_.get(), loading_)) loading_.cancel();
  } else if (const auto chosen = draw_welcome(window_.look(), error_)) {
    open(*chosen, false);
  }
  palette_.draw(actions_, window_.look());
  help_.draw(actions_, window_.look());
  draw_toast();
  ImGui::End();
  if (!ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel)) {
    for (const Action& action : actions_) {
      if (action.keys.empty() || !pressed(action.keys.c_str())) continue;
      action.run();
      break;
    }
  }
  for (const std::string& path : window_.take_dropped()) drop(path);
}

void Application::draw_top_bar() {
  const Look& look = window_.look();
  const Analysis& analysis = *workspace_.analysis();
  const float bar =
      ImGui::GetStyle().WindowPadding.y + ImGui::GetFrameHeight() + ImGui::GetStyle().ItemSpacing.y;
  ImGui::GetWindowDrawList()->AddRectFilled({0, 0}, {ImGui::GetWindowWidth(), bar},
                                            look.paint(Paint::window));
  ImGui::AlignTextToFramePadding();
  ImGui::PushFont(look.bold);
  text(report::program_name(analysis.trace.process));
  ImGui::PopFont();
  ImGui::SameLine();
  text(look, paint_of(analysis.verdict.status), detect::name_of(analysis.verdict.status));
  ImGui::SameLine();

  // From the right: buttons, the filter; what is left is the headline's.
  const ImGuiStyle& style = ImGui::GetStyle();
  const auto button_width = [&](const char* label) {
    return ImGui::CalcTextSize(label).x + 2 * style.FramePadding.x + style.ItemSpacing.x;
  };
  const float buttons = button_width("Commands") + button_width("Light") + button_width("Help") +
                        (loading_.following() ? button_width("Live") : 0);
  const float filter = look.px(170);
  const float right = ImGui::GetWindowWidth() - style.WindowPadding.x + style.ItemSpacing.x;
  const float room = right - buttons - filter - ImGui::GetCursorPosX() - look.px(12);
  if (room > look.px(40)) text_within(room, analysis.verdict.headline);
  ImGui::SameLine(std::max(right - buttons - filter, look.px(10)));
  std::string words = workspace_.filter();
  if (search_box("filter", words, "Filter everything", filter - look.px(24))) workspace_.set_filter(words);
  ImGui::SameLine(std::max(right - buttons, look.px(10)));
  if (loading_.following()) {
    if (ImGui::SmallButton(held_ ? "Held" : "Live")) held_ = !held_;
    tooltip(held_ ? "Click to go on following (Space)"
                  : "Following the recording; click to hold the view (Space)");
    ImGui::SameLine();
  }
  if (ImGui::SmallButton("Commands")) palette_.open();
  tooltip("Everything that can be done, by name (Ctrl+P)");
  ImGui::SameLine();
  if (ImGui::SmallButton(look.dark ? "Light" : "Dark")) window_.set_dark(!look.dark);
  ImGui::SameLine();
  if (ImGui::SmallButton("Help")) help_.toggle();
  tooltip("Keys and mouse (?)");
}

void Application::draw_banner() {
  const Look& look = window_.look();
  const model::Integrity& integrity = workspace_.trace().integrity;
  std::string words;
  const auto add = [&](const std::string& part) { words += (words.empty() ? "" : "; ") + part; };
  if (integrity.lost_events != 0)
    add(plural_text(integrity.lost_events, "event was lost", "events were lost"));
  if (integrity.damaged_packets != 0) {
    add(plural_text(integrity.damaged_packets, "packet is damaged", "packets are damaged"));
  }
  if (integrity.missing_packets != 0) {
    add(plural_text(integrity.missing_packets, "packet is missing", "packets are missing"));
  }
  if (integrity.torn_tail) add(fmt::format("the file ends inside a packet, at byte {}", integrity.torn_at));
  if (integrity.skipped_bytes != 0) add(bytes_text(integrity.skipped_bytes) + " could not be read");
  if (words.empty()) return;
  ImGui::PushStyleColor(ImGuiCol_ChildBg, look.paint(Paint::raised));
  ImGui::BeginChild("banner", {0, ImGui::GetFrameHeight() + look.px(4)}, false);
  ImGui::SetCursorPos({look.px(8), look.px(4)});
  text(look, Paint::warning, "Incomplete:");
  ImGui::SameLine();
  text_within(ImGui::GetContentRegionAvail().x - look.px(8), words + ". Numbers below may be lower bounds.");
  ImGui::EndChild();
  ImGui::PopStyleColor();
}

void Application::draw_panel(Panel* panel, const char* name, ImVec2 size, Window::Part& place) {
  ImGui::BeginChild(name, size, false,
                    ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoBackground);
  const ImVec2 at = ImGui::GetWindowPos();
  place = {at.x, at.y, ImGui::GetWindowWidth(), ImGui::GetWindowHeight()};
  if (panel != nullptr) panel->draw(workspace_, window_.look());
  ImGui::EndChild();
}

void Application::draw_body() {
  const Look& look = window_.look();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float bar = std::round(look.px(5));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  if (findings_open_) {
    const float width = std::floor(room.x * findings_share_);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(look.px(8), look.px(5)));
    draw_panel(findings_.get(), "findings", {width, room.y}, findings_place_);
    ImGui::PopStyleVar();
    ImGui::SameLine();
    splitter(look, "between findings and the rest", true, room.x, {bar, room.y}, findings_share_);
    ImGui::SameLine();
  }
  ImGui::BeginGroup();
  const float height = std::floor(room.y * timeline_share_);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(look.px(8), look.px(5)));
  draw_panel(timeline_.get(), "timeline", {0, height}, timeline_place_);
  ImGui::PopStyleVar();
  const float width = ImGui::GetContentRegionAvail().x;
  splitter(look, "between timeline and panes", false, room.y, {width, bar}, timeline_share_);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(look.px(8), look.px(5)));
  draw_panes();
  ImGui::PopStyleVar();
  ImGui::EndGroup();
  ImGui::PopStyleVar();
}

void Application::draw_panes() {
  if (!ImGui::BeginTabBar("panes")) return;
  // The workspace says which is in front, unless a person has just clicked another.
  const Pane wanted = workspace_.pane();
  for (const PaneName& pane : kPanes) {
    const bool bring = wanted == pane.pane && pane_shown_ != wanted;
    if (!ImGui::BeginTabItem(pane.name, nullptr, bring ? ImGuiTabItemFlags_SetSelected : 0)) continue;
    if (pane_shown_ == wanted && pane.pane != wanted) {
      workspace_.show(pane.pane);
      pane_shown_ = pane.pane;
    }
    if (bring) pane_shown_ = pane.pane;
    draw_panel(panel_of(pane.pane), pane.name, {0, 0}, pane_place_);
    ImGui::EndTabItem();
  }
  ImGui::EndTabBar();
}

void Application::draw_toast() {
  if (steady_clock::now() >= toast_until_) return;
  const Look& look = window_.look();
  const std::string shown = printable_text(toast_);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float wrap = std::min(look.px(700), screen.x - look.px(60));
  const ImVec2 size = ImGui::CalcTextSize(shown.c_str(), nullptr, false, wrap);
  const ImVec2 pad{look.px(12), look.px(8)};
  const ImVec2 at{(screen.x - size.x) / 2, screen.y - size.y - look.px(40)};
  ImDrawList& draw = *ImGui::GetForegroundDrawList();
  draw.AddRectFilled({at.x - pad.x, at.y - pad.y}, {at.x + size.x + pad.x, at.y + size.y + pad.y},
                     look.paint(Paint::raised), look.px(4));
  draw.AddRect({at.x - pad.x, at.y - pad.y}, {at.x + size.x + pad.x, at.y + size.y + pad.y},
               look.paint(Paint::border), look.px(4));
  draw.AddText(look.text, look.text->FontSize, at, look.paint(Paint::text), shown.c_str(), nullptr, wrap);
}

}  // namespace loopscope::gui
