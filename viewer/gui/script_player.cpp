#include "viewer/gui/script_player.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/gui/keyboard.h"
#include "viewer/gui/screen_text.h"

namespace loopscope::gui {
namespace {

using std::chrono::steady_clock;

// A frame to see the pointer, and one for what it does to be drawn.
constexpr int kSettle = 3;
// What a background thread is still working out may come a little later.
constexpr int kTriesToExpect = 90;
constexpr auto kLongestLoad = std::chrono::seconds(120);

ScreenText screen() { return ScreenText::read(*ImGui::GetDrawData(), *ImGui::GetIO().Fonts); }

// A line of /proc/self/status in bytes: "VmHWM", "VmRSS".
std::uint64_t memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":"))
      return std::strtoull(line.c_str() + name.size() + 1, nullptr, 10) * 1024;
  }
  return 0;
}

// Of this process, in seconds before now: what the loader does before main() counts.
double age_at(steady_clock::time_point instant) {
  std::ifstream stat("/proc/self/stat");
  std::string text;
  std::getline(stat, text);
  // The 22nd field; the second one, in parentheses, may hold blanks.
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  timespec boot{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  const double age = static_cast<double>(boot.tv_sec) + static_cast<double>(boot.tv_nsec) / 1e9 -
                     std::strtod(field.c_str(), nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return age - std::chrono::duration<double>(steady_clock::now() - instant).count();
}

Nanos percentile(const std::vector<Nanos>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(at, 1, sorted.size()) - 1];
}

}  // namespace

ScriptPlayer::ScriptPlayer(std::vector<view::ScriptCommand> commands, Application& application,
                           Window& window)
    : commands_(std::move(commands)), application_(application), window_(window) {
  rest(kSettle);
}

void ScriptPlayer::rest(int frames) {
  for (int i = 0; i < frames; ++i) gestures_.push_back(hands_);
}

void ScriptPlayer::fail(const view::ScriptCommand& command, const std::string& why) {
  fmt::print(stderr, "loopscope view: line {} of the script: {}\nOn screen was:\n{}", command.line, why,
             screen().text());
  exit_code_ = 1;
  done_ = true;
}

bool ScriptPlayer::save(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

bool ScriptPlayer::point_at(const std::string& words, float& x, float& y) {
  const auto found = screen().find(words);
  if (!found) return false;
  x = found->x;
  y = found->y;
  return true;
}

void ScriptPlayer::click(float x, float y, std::size_t button, int times) {
  hands_.x = x;
  hands_.y = y;
  rest(2);
  for (int i = 0; i < times; ++i) {
    hands_.held[button] = true;
    rest(1);
    hands_.held[button] = false;
    rest(1);
  }
  rest(kSettle);
}

void ScriptPlayer::drag(const view::ScriptCommand& command, bool shift) {
  constexpr int kSteps = 12;
  hands_.x = static_cast<float>(command.x);
  hands_.y = static_cast<float>(command.y);
  hands_.shift = shift;
  rest(2);
  hands_.held[0] = true;
  rest(1);
  for (int step = 1; step <= kSteps; ++step) {
    const double share = static_cast<double>(step) / kSteps;
    hands_.x = static_cast<float>(command.x + (command.x1 - command.x) * share);
    hands_.y = static_cast<float>(command.y + (command.y1 - command.y) * share);
    rest(1);
  }
  hands_.held[0] = false;
  rest(1);
  hands_.shift = false;
  rest(kSettle);
}

// Puts the gestures of a command in line, or notes what it waits for.
void ScriptPlayer::begin(const view::ScriptCommand& command) {
  tries_left_ = kTriesToExpect;
  frames_left_ = 0;
  switch (command.kind) {
    case Kind::wait_loaded: until_ = steady_clock::now() + kLongestLoad; break;
    case Kind::wait_follow: {
      until_ = steady_clock::now() + kLongestLoad;
      states_wanted_ =
          application_.states_shown() + static_cast<std::uint64_t>(std::max(command.number, 0.0));
      break;
    }
    case Kind::wait:
    case Kind::wait_gone:
    case Kind::wait_read:
      until_ = steady_clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(
                                         std::clamp(command.number, 0.0, 3600.0) * 1000));
      break;
    case Kind::click_at: click(static_cast<float>(command.x), static_cast<float>(command.y), 0, 1); break;
    case Kind::move:
      hands_.x = static_cast<float>(command.x);
      hands_.y = static_cast<float>(command.y);
      rest(kSettle);
      break;
    case Kind::key: {
      Gesture held = hands_;
      held.ctrl = command.press.ctrl;
      held.shift = command.press.shift;
      held.alt = command.press.alt;
      gestures_.push_back(held);
      if (const int number = number_of(command.press); number >= 0) {
        held.keys.push_back(number);
      } else {
        held.typed = command.press.key;
      }
      gestures_.push_back(held);
      rest(kSettle);
      break;
    }
    case Kind::type: {
      Gesture typing = hands_;
      typing.typed = command.text;
      gestures_.push_back(typing);
      rest(kSettle);
      break;
    }
    case Kind::wheel: {
      hands_.x = static_cast<float>(command.x);
      hands_.y = static_cast<float>(command.y);
      rest(2);
      Gesture turning = hands_;
      turning.wheel = command.number < 0 ? -1 : 1;
      const auto steps = static_cast<int>(std::min(std::abs(command.number), 10000.0));
      for (int i = 0; i < steps; ++i) gestures_.push_back(turning);
      rest(1);
      break;
    }
    case Kind::drag: drag(command, false); break;
    case Kind::shift_drag: drag(command, true); break;
    case Kind::frames: frames_left_ = static_cast<int>(std::clamp(command.number, 0.0, 1e6)); break;
    case Kind::screenshot:
      window_.save_picture(command.text, {});
      frames_left_ = 1;
      break;
    case Kind::drop:
      application_.drop(command.text);
      rest(kSettle);
      break;
    case Kind::scale:
      window_.set_scale(static_cast<float>(command.number));
      rest(kSettle);
      break;
    case Kind::theme:
      window_.set_dark(command.text != "light");
      rest(kSettle);
      break;
    default: break;
  }
}

// After a frame: whether the command still waits for something.
bool ScriptPlayer::goes_on(const view::ScriptCommand& command) {
  switch (command.kind) {
    case Kind::wait_loaded:
      if (application_.loaded() && application_.all_shown()) return false;
      if (application_.error()) {
        fail(command, "the trace cannot be read: " + application_.error()->text());
      } else if (steady_clock::now() > until_) {
        fail(command, "the trace was not read within two minutes");
      }
      return !done_;
    case Kind::wait_read:
      if (application_.loaded() || application_.error()) return false;
      if (steady_clock::now() > until_) fail(command, "the trace was not read in time");
      return !done_;
    case Kind::wait_follow:
      if (application_.states_shown() >= states_wanted_) return false;
      if (steady_clock::now() > until_) fail(command, "no new state came within two minutes");
      return !done_;
    case Kind::wait:
      if (screen().find(command.text)) return false;
      if (steady_clock::now() > until_) fail(command, "did not see \"" + command.text + "\"");
      return !done_;
    case Kind::wait_gone:
      if (!screen().find(command.text)) return false;
      if (steady_clock::now() > until_) fail(command, "\"" + command.text + "\" is still there");
      return !done_;
    case Kind::click:
    case Kind::double_click:
    case Kind::right_click:
    case Kind::hover: {
      if (tries_left_ == 0) return false;  // it was clicked, and its gestures are done
      float x = 0;
      float y = 0;
      if (!point_at(command.text, x, y)) {
        if (--tries_left_ == 0) fail(command, "there is no \"" + command.text + "\" to point at");
        return !done_;
      }
      tries_left_ = 0;
      if (command.kind == Kind::hover) {
        hands_.x = x;
        hands_.y = y;
        rest(kSettle);
      } else {
        click(x, y, command.kind == Kind::right_click ? 1 : 0, command.kind == Kind::double_click ? 2 : 1);
      }
      return true;
    }
    case Kind::expect:
      if (screen().find(command.text)) return false;
      if (--tries_left_ <= 0) fail(command, "expected \"" + command.text + "\"");
      return !done_;
    case Kind::expect_not:
      if (screen().find(command.text)) fail(command, "did not expect \"" + command.text + "\"");
      return false;
    case Kind::frames:
      if (frames_left_-- > 0) return true;
      print_frames();
      frame_times_.clear();
      return false;
    case Kind::screenshot:
      if (frames_left_-- > 0) return true;
      if (!window_.picture_error().empty()) fail(command, window_.picture_error());
      return false;
    case Kind::save_text:
      if (!save(command.text, screen().text())) fail(command, "cannot write " + command.text);
      return false;
    case Kind::save_clipboard:
      if (!save(command.text, window_.clipboard())) fail(command, "cannot write " + command.text);
      return false;
    case Kind::print_memory:
      fmt::print("memory: {} now, {} at most\n", bytes_text(memory("VmRSS")), bytes_text(memory("VmHWM")));
      return false;
    case Kind::print_times: {
      const auto seconds = [](const std::optional<steady_clock::time_point>& at) {
        return at ? fmt::format("{:.2f} s", age_at(*at)) : std::string("never");
      };
      fmt::print("times: first picture {}, all {} after the start\n", seconds(application_.first_picture()),
                 seconds(application_.all_shown()));
      return false;
    }
    case Kind::quit: done_ = true; return false;
    default: return false;
  }
}

bool ScriptPlayer::waits() const {
  if (!begun_ || !gestures_.empty() || at_ >= commands_.size()) return false;
  switch (commands_[at_].kind) {
    case Kind::wait_loaded:
    case Kind::wait_read:
    case Kind::wait_follow:
    case Kind::wait:
    case Kind::wait_gone: return true;
    default: return false;
  }
}

Gesture ScriptPlayer::next_frame() {
  if (gestures_.empty()) return hands_;
  Gesture gesture = std::move(gestures_.front());
  gestures_.pop_front();
  return gesture;
}

void ScriptPlayer::shown(Nanos took) {
  frame_times_.push_back(took);
  while (gestures_.empty() && !done_) {
    if (at_ == commands_.size()) {
      done_ = true;
      return;
    }
    const view::ScriptCommand& command = commands_[at_];
    if (!std::exchange(begun_, true)) {
      begin(command);
      if (!gestures_.empty() || frames_left_ > 0) return;
    }
    if (goes_on(command)) return;
    begun_ = false;
    ++at_;
  }
}

void ScriptPlayer::print_frames() const {
  std::vector<Nanos> sorted = frame_times_;
  std::sort(sorted.begin(), sorted.end());
  fmt::print(
      "frames: {} since the last count, median {:.2f} ms, p90 {:.2f} ms, p99 {:.2f} ms, worst {:.2f} ms\n",
      sorted.size(), to_ms(percentile(sorted, 0.5)), to_ms(percentile(sorted, 0.9)),
      to_ms(percentile(sorted, 0.99)), to_ms(percentile(sorted, 1)));
  if (!application_.latencies().empty()) {
    std::vector<Nanos> late = application_.latencies();
    std::sort(late.begin(), late.end());
    fmt::print(
        "states: {} shown, newest event {:.0f} ms old at the median, {:.0f} ms at p99, {:.0f} ms at worst\n",
        late.size(), to_ms(percentile(late, 0.5)), to_ms(percentile(late, 0.99)), to_ms(percentile(late, 1)));
  }
  std::fflush(stdout);
}

}  // namespace loopscope::gui
