// The program: a window, what is in it, and hands, real ones or a script's.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "viewer/gui/application.h"
#include "viewer/gui/arguments.h"
#include "viewer/gui/script_player.h"
#include "viewer/gui/window.h"
#include "viewer/view/script.h"

namespace loopscope::gui {
namespace {

constexpr int kUsage = 2;
constexpr int kUnreadable = 3;
constexpr double kLongestWait = 0.1;  // seconds

int complain(const Error& error, int status) {
  fmt::print(stderr, "loopscope view: {}\n", error.text());
  return status;
}

int run(const Arguments& arguments) {
  std::vector<view::ScriptCommand> commands;
  if (!arguments.script.empty()) {
    std::ifstream file(arguments.script, std::ios::binary);
    const std::string script{std::istreambuf_iterator<char>(file), {}};
    auto parsed = view::parse_script(script, arguments.script);
    if (!parsed) return complain(parsed.error(), kUsage);
    commands = std::move(*parsed);
  }
  WindowOptions options;
  options.width = arguments.width;
  options.height = arguments.height;
  options.scale = arguments.scale;
  options.dark = arguments.dark;
  options.font_file = arguments.font;
  options.wait_for_monitor = arguments.script.empty();
  auto window = Window::open(options);
  if (!window) return complain(window.error(), kUnreadable);

  Application application(**window);
  if (!arguments.trace.empty()) application.open(arguments.trace, arguments.follow);
  if (!arguments.baseline.empty()) application.compare_with(arguments.baseline);

  std::optional<ScriptPlayer> player;
  if (!arguments.script.empty()) player.emplace(std::move(commands), application, **window);
  while (!(*window)->wants_close() && !application.wants_quit() && !(player && player->done())) {
    if (player) {
      // As for a person: drawing all the time would take the processor from the thread that reads.
      if (player->waits()) (*window)->wait(std::min(application.may_sleep(), kLongestWait));
      (*window)->begin_frame(player->next_frame());
    } else {
      (*window)->wait(application.may_sleep());
      (*window)->begin_frame();
    }
    application.draw();
    const Nanos took = (*window)->end_frame();
    if (player) player->shown(took);
  }
  return player ? player->exit_code() : 0;
}

}  // namespace
}  // namespace loopscope::gui

int main(int argc, char** argv) {
  try {
    int status = 0;
    const auto arguments = loopscope::gui::parse_arguments(argc, argv, status);
    return arguments ? loopscope::gui::run(*arguments) : status;
  } catch (const std::exception& error) {
    // Nothing of ours throws to here but an exhausted memory.
    fmt::print(stderr, "loopscope view: {}\n", error.what());
    return loopscope::gui::kUnreadable;
  }
}
