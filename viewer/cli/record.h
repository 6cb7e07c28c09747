// `loopscope record`: runs a program with the agent preloaded and puts its traces in order when it has ended. Called by main,
// on the main thread of a process that has no other.
#pragma once

namespace loopscope::cli {

// What cannot be started, or not be recorded, ends with this code; every other code is the program's own.
inline constexpr int kCannotStart = 125;

// `argv[0]` is "record". Returns the exit code.
int record(int argc, char** argv);

}  // namespace loopscope::cli
