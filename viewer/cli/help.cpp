// `loopscope help`: commands and limits, in words.
#include <array>
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/cli/commands.h"
#include "viewer/detect/limits.h"
#include "viewer/report/columns.h"

namespace loopscope::cli {
namespace {

void print_limits() {
  fmt::print("Limits, to be set with loopscope analyze --limit NAME=VALUE\n");
  for (const detect::LimitInfo& limit : detect::all_limits()) {
    fmt::print("\n{}={}  ({})\n", limit.name, detect::Limits{}.*limit.value, limit.unit);
    for (const std::string& line : report::wrap(limit.meaning, 76)) fmt::print("    {}\n", line);
    for (const std::string& line : report::wrap(fmt::format("Why: {}.", limit.why), 76))
      fmt::print("    {}\n", line);
  }
}

}  // namespace

void print_usage(std::FILE* file) {
  fmt::print(file,
             "loopscope {}: what is pending in a program's event loops, what blocked them, and where.\n\n"
             "Usage: loopscope COMMAND [options]\n\n",
             LOOPSCOPE_VERSION);
  for (const Command& command : all_commands())
    fmt::print(file, "  {:<9} {}\n", command.name, command.meaning);
  fmt::print(file,
             "\n  --help    Print this\n  --version Print the version\n\n"
             "Begin with:  loopscope record -o trace.pb -- PROGRAM ARGUMENTS...\n"
             "             loopscope analyze trace.pb\n");
}

int help(int argc, char** argv) {
  if (argc < 2) {
    print_usage(stdout);
    return kFine;
  }
  const std::string word = argv[1];
  if (word == "limits") {
    print_limits();
    return kFine;
  }
  const Command* command = find_command(word);
  if (command == nullptr) {
    fmt::print(stderr, "loopscope: there is no command \"{}\"\nTry: loopscope --help\n",
               printable_text(word));
    return kUsage;
  }
  if (command->run == help) {
    fmt::print("Usage: loopscope help [COMMAND | limits]\n");
    return kFine;
  }
  std::string option = "--help";
  std::string name = word;
  std::array<char*, 3> arguments{name.data(), option.data(), nullptr};
  return command->run(2, arguments.data());
}

}  // namespace loopscope::cli
