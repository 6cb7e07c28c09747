#include "viewer/gui/arguments.h"

#include <CLI/CLI.hpp>

#include <cstdio>

#include <fmt/format.h>

namespace loopscope::gui {
namespace {

constexpr int kUsage = 2;

}  // namespace

std::optional<Arguments> parse_arguments(int argc, char** argv, int& status) {
  Arguments arguments;
  std::string theme = "dark";
  std::string size;
  CLI::App app("Show a trace in a window: what blocks, what leaks, and where", "loopscope view");
  app.add_option("TRACE", arguments.trace,
                 "The trace; without one a window opens that waits for a file to be dropped");
  app.add_flag("--follow", arguments.follow, "Go on reading while the program is recorded");
  app.add_option("--compare", arguments.baseline, "Another trace, to be compared with");
  app.add_option("--theme", theme, "dark or light")->check(CLI::IsMember({"dark", "light"}));
  app.add_option("--scale", arguments.scale, "Size of everything, 0.5 to 4; else as the monitor has it")
      ->check(CLI::Range(0.5, 4.0));
  app.add_option("--size", size, "Of the window, in pixels: 1280x720");
  app.add_option("--font", arguments.font, "A TrueType file, instead of a font of the system")
      ->check(CLI::ExistingFile);
  app.add_option("--script", arguments.script,
                 "Do what the file says, and exit: see SCRIPTS in the manual page")
      ->check(CLI::ExistingFile);
  app.set_version_flag("--version", "loopscope " LOOPSCOPE_VERSION);
  try {
    app.parse(argc, argv);
    if (!size.empty()) {
      int used = 0;
      const int read = std::sscanf(size.c_str(), "%5dx%5d%n", &arguments.width, &arguments.height, &used);
      if (read != 2 || used != static_cast<int>(size.size()) || arguments.width < 320 ||
          arguments.height < 240 || arguments.width > 16384 || arguments.height > 16384) {
        throw CLI::ValidationError("--size", "\"" + size + "\" is not WIDTHxHEIGHT, at least 320x240");
      }
    }
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      status = app.exit(error);
    } else {
      fmt::print(stderr, "loopscope view: {}\nTry: loopscope view --help\n", error.what());
      status = kUsage;
    }
    return std::nullopt;
  }
  arguments.dark = theme == "dark";
  return arguments;
}

}  // namespace loopscope::gui
