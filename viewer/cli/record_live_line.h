// The line on the terminal that says how a recording goes. Called by record on its main thread, twice a second.
#pragma once

#include <chrono>
#include <string>

#include "agent/recover/recover.h"

namespace loopscope::cli {

// "  12.5 s | 1,234,567 events | 23 pending | none lost | 4.5 MB".
std::string live_text(std::chrono::milliseconds elapsed, const recover::LiveNumbers& numbers);

class LiveLine {
 public:
  // Whether to show one: stderr is a terminal, and the program does not write to that terminal too, since a line
  // that moves would run through its output. `forced` (--live) asks only for a terminal.
  static bool is_welcome(bool forced);

  LiveLine() = default;
  ~LiveLine() { erase(); }
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  // Cut to the terminal's width.
  void show(const std::string& text);
  void erase();

 private:
  bool shown_ = false;
};

}  // namespace loopscope::cli
