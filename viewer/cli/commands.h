// The commands of `loopscope`. To add one: its function, and its line in the table of main.cpp. Main thread.
#pragma once

#include <cstdio>
#include <span>
#include <string_view>

namespace loopscope::cli {

// Exit codes of all commands but `record`, which gives the program's. Scripts depend on them.
inline constexpr int kFine = 0;
inline constexpr int kFailOn = 1;      // a --fail-on matched
inline constexpr int kUsage = 2;       // the command line, or where it wants to write
inline constexpr int kUnreadable = 3;  // a trace cannot be read

struct Command {
  std::string_view name;
  std::string_view meaning;           // one line for --help
  int (*run)(int argc, char** argv);  // argv[0] is the name
};

std::span<const Command> all_commands();

// nullptr if there is none.
const Command* find_command(std::string_view name);

int analyze(int argc, char** argv);
int compare(int argc, char** argv);
int export_samples(int argc, char** argv);
int help(int argc, char** argv);
int view(int argc, char** argv);

// What `loopscope --help` prints.
void print_usage(std::FILE* file);

}  // namespace loopscope::cli
