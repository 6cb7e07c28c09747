// Everything together: the workspace, what loads it, and where each panel stands. Drawn once a frame. Main thread.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/gui/action.h"
#include "viewer/gui/help_overlay.h"
#include "viewer/gui/loading.h"
#include "viewer/gui/palette_popup.h"
#include "viewer/gui/panel.h"
#include "viewer/gui/window.h"
#include "viewer/view/workspace.h"

namespace loopscope::gui {

class Application {
 public:
  explicit Application(Window& window);

  void open(const std::string& path, bool follow);
  void compare_with(const std::string& path);
  // A file from outside: the trace, or the other one if the comparison is on screen.
  void drop(const std::string& path);

  // One frame's content.
  void draw();
  // How long the window may sleep if nobody touches it, in seconds.
  double may_sleep() const;

  bool loaded() const { return workspace_.loaded() && !loading_.reading(); }
  bool wants_quit() const { return quit_; }
  const std::optional<Error>& error() const { return error_; }
  std::uint64_t states_shown() const { return states_shown_; }
  // How old the newest event was when a state of a followed trace was on screen, one for each state.
  const std::vector<Nanos>& latencies() const { return latencies_; }
  // When something of the trace was on screen first, and all of it; nothing before.
  using Instant = std::chrono::steady_clock::time_point;
  const std::optional<Instant>& first_picture() const { return first_picture_; }
  const std::optional<Instant>& all_shown() const { return all_shown_; }
  void say(const std::string& words);

 private:
  void take_news();
  void make_actions();
  void draw_top_bar();
  void draw_banner();
  void draw_body();
  void draw_panes();
  void draw_toast();
  void draw_panel(Panel* panel, const char* name, ImVec2 size, Window::Part& place);
  void copy(Panel& panel, const char* name);
  void save_picture(const char* what, Window::Part part);
  Panel* panel_of(view::Pane pane) const { return panes_[static_cast<std::size_t>(pane)].get(); }

  Window& window_;
  view::Workspace workspace_;
  Loading loading_;
  Loading other_;  // the trace to compare with
  std::shared_ptr<const trace::Overview> overview_;
  std::shared_ptr<const Analysis> held_back_;  // came while the view is held
  std::optional<Error> error_;
  Actions actions_;
  PalettePopup palette_;
  HelpOverlay help_;
  std::unique_ptr<Panel> findings_;
  std::unique_ptr<Panel> timeline_;
  std::array<std::unique_ptr<Panel>, 6> panes_;  // by view::Pane
  view::Pane pane_shown_ = view::Pane::tasks;
  Window::Part timeline_place_;
  Window::Part pane_place_;
  Window::Part findings_place_;
  float findings_share_ = 0.29F;  // of the width
  float timeline_share_ = 0.52F;  // of the height
  bool findings_open_ = true;
  bool held_ = false;
  bool quit_ = false;
  std::uint64_t states_shown_ = 0;
  bool state_is_new_ = false;
  std::optional<Instant> first_picture_;
  std::optional<Instant> all_shown_;
  std::vector<Nanos> latencies_;
  std::string toast_;
  std::chrono::steady_clock::time_point toast_until_;
};

}  // namespace loopscope::gui
