// The first word chooses the command.
#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/cli/commands.h"
#include "viewer/cli/record.h"

namespace loopscope::cli {
namespace {

constexpr std::array<Command, 6> kCommands{{
    {"record", "Run a program and record what its event loops do", record},
    {"analyze", "Say what is wrong in a trace, and where", analyze},
    {"compare", "Say what got better, worse, new or gone between traces", compare},
    {"export", "Write stall samples for flame graph tools", export_samples},
    {"view", "Show a trace in a window: what blocks, what leaks, and where", view},
    {"help", "Explain a command, or the limits", help},
}};

int run(int argc, char** argv) {
  if (argc < 2) {
    print_usage(stderr);
    return kUsage;
  }
  const std::string_view word = argv[1];
  if (word == "--help" || word == "-h") {
    print_usage(stdout);
    return kFine;
  }
  if (word == "--version") {
    fmt::print("loopscope {}\n", LOOPSCOPE_VERSION);
    return kFine;
  }
  if (const Command* command = find_command(word); command != nullptr)
    return command->run(argc - 1, argv + 1);
  fmt::print(stderr, "loopscope: there is no command \"{}\"\nTry: loopscope --help\n", printable_text(word));
  return kUsage;
}

}  // namespace

std::span<const Command> all_commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == kCommands.end() ? nullptr : &*found;
}

}  // namespace loopscope::cli

int main(int argc, char** argv) {
  try {
    return loopscope::cli::run(argc, argv);
  } catch (const std::exception& error) {
    // Nothing of ours throws to here but an exhausted memory.
    fmt::print(stderr, "loopscope: {}\n", error.what());
    return loopscope::cli::kUnreadable;
  }
}
