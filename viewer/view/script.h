// The language of `loopscope view --script`: one command a line, words or "quoted text", # begins a comment. Parsed as
// a whole before the first command runs, so that a typing mistake in the last line does not cost the run. ImGui-free.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/base/result.h"

namespace loopscope::view {

// Keys that have a name; letters and digits are themselves.
struct KeyPress {
  bool ctrl = false;
  bool shift = false;
  bool alt = false;
  std::string key;  // "P", "7", "Escape", "Left", "F1", "?"
  bool operator==(const KeyPress&) const = default;
};

struct ScriptCommand {
  enum class Kind : std::uint8_t {
    wait_loaded,  // until the trace is there in full; fails if it cannot be read
    wait_read,    // until it is there, or it is known that it cannot be read, for at most `number` seconds
    wait_follow,  // until `number` more states of a followed trace were shown
    wait,         // `text` on screen, for at most `number` seconds
    wait_gone,    // `text` is not on screen any more, likewise
    click,        // the middle of `text`
    double_click,
    right_click,
    click_at,  // x, y
    move,      // x, y
    hover,     // the middle of `text`
    key,       // `press`
    type,      // `text`
    wheel,     // at x, y: `number` steps, one a frame, away from the user if positive
    drag,      // x, y to x1, y1
    shift_drag,
    expect,  // `text` on screen
    expect_not,
    frames,          // draw `number` and print percentiles of their time
    screenshot,      // to the file `text`
    save_text,       // what is on screen, as text, to the file `text`
    save_clipboard,  // to the file `text`
    drop,            // the file `text` on the window
    scale,           // of everything: `number`
    theme,           // `text`: "dark" or "light"
    print_memory,
    print_times,  // from the start of the process to the first picture of the trace, and until it was read
    quit,
  };
  Kind kind = Kind::quit;
  std::uint32_t line = 0;  // of the script, from 1
  std::string text;
  double number = 0;
  double x = 0, y = 0, x1 = 0, y1 = 0;  // pixels of the window's content
  KeyPress press;
};

// Errors name the line, what was read and what the command takes.
Result<std::vector<ScriptCommand>> parse_script(std::string_view script, const std::string& path);

// "Ctrl+Shift+P". Errors: no key, or none of that name.
Result<KeyPress> parse_key(std::string_view words);

}  // namespace loopscope::view
