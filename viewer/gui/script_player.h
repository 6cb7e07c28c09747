// Plays a script: moves the pointer and the keys frame by frame, and reads what is on screen. A failed expectation is
// told on standard error and ends the run with exit code 1. Main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/gui/application.h"
#include "viewer/gui/gesture.h"
#include "viewer/gui/window.h"
#include "viewer/view/script.h"

namespace loopscope::gui {

class ScriptPlayer {
 public:
  ScriptPlayer(std::vector<view::ScriptCommand> commands, Application& application, Window& window);

  // What hands do in the next frame.
  Gesture next_frame();
  // That frame is on screen; `took` as of Window::end_frame().
  void shown(Nanos took);

  // For something to come, with still hands: frames need not follow each other as fast as they can.
  bool waits() const;

  bool done() const { return done_; }
  int exit_code() const { return exit_code_; }

 private:
  using Kind = view::ScriptCommand::Kind;

  void begin(const view::ScriptCommand& command);
  bool goes_on(const view::ScriptCommand& command);
  bool save(const std::string& path, const std::string& text);
  bool point_at(const std::string& words, float& x, float& y);
  void click(float x, float y, std::size_t button, int times);
  void drag(const view::ScriptCommand& command, bool shift);
  void rest(int frames);
  void fail(const view::ScriptCommand& command, const std::string& why);
  void print_frames() const;

  std::vector<view::ScriptCommand> commands_;
  Application& application_;
  Window& window_;
  std::size_t at_ = 0;
  bool begun_ = false;
  bool done_ = false;
  int exit_code_ = 0;
  std::deque<Gesture> gestures_;  // of the next frames
  Gesture hands_;                 // as they are between gestures
  int frames_left_ = 0;           // of `frames`, or to wait for a picture
  int tries_left_ = 0;
  std::uint64_t states_wanted_ = 0;
  std::chrono::steady_clock::time_point until_;
  std::vector<Nanos> frame_times_;  // since the last `frames`
};

}  // namespace loopscope::gui
