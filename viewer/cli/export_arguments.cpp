#include "viewer/cli/export_arguments.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "viewer/base/text.h"
#include "viewer/cli/commands.h"

namespace loopscope::cli {

std::optional<ExportArguments> parse_export_arguments(int argc, char** argv, int& status) {
  ExportArguments arguments;
  std::string format;
  CLI::App app(
      "Writes the stacks that were sampled while a loop was blocked, for flame graph tools. Exit codes:\n"
      "0 fine, 2 usage, 3 the trace cannot be read.",
      "loopscope export");
  app.add_option("--to", format,
                 "folded: a line a stack and its microseconds, for flame graph scripts;\n"
                 "speedscope: a file for speedscope.app")
      ->required()
      ->type_name("FORMAT");
  app.add_option("-o,--output", arguments.output, "Write to this file")->type_name("FILE");
  app.add_flag("--streaming", arguments.streaming,
               "Hold in memory only what is pending, for traces that are larger than it");
  app.add_option("TRACE", arguments.trace, "Trace to export from")->required()->type_name("");

  std::string mistake;
  try {
    app.parse(argc, argv);
    if (format == "speedscope")
      arguments.format = ExportArguments::Format::speedscope;
    else if (format != "folded")
      mistake = "--to: there is no format \"" + format + "\" (known are folded, speedscope)";
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    status = kFine;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    mistake = error.what();
  }
  if (!mistake.empty()) {
    std::cerr << "loopscope: " << printable_text(mistake) << "\nTry: loopscope export --help\n";
    status = kUsage;
    return std::nullopt;
  }
  return arguments;
}

}  // namespace loopscope::cli
