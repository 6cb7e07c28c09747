#include "viewer/view/script.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "viewer/base/text.h"

namespace loopscope::view {
namespace {

using Kind = ScriptCommand::Kind;

// What follows a command's name.
enum class Shape : std::uint8_t {
  nothing,
  text,
  number,
  text_and_seconds,
  point,
  point_and_steps,
  two_points,
  key
};

struct Word {
  std::string_view name;
  Kind kind;
  Shape shape;
};

constexpr std::array kWords{
    Word{"wait-loaded", Kind::wait_loaded, Shape::nothing},
    Word{"wait-read", Kind::wait_read, Shape::number},
    Word{"wait-follow", Kind::wait_follow, Shape::number},
    Word{"wait", Kind::wait, Shape::text_and_seconds},
    Word{"wait-gone", Kind::wait_gone, Shape::text_and_seconds},
    Word{"click", Kind::click, Shape::text},
    Word{"double-click", Kind::double_click, Shape::text},
    Word{"right-click", Kind::right_click, Shape::text},
    Word{"click-at", Kind::click_at, Shape::point},
    Word{"move", Kind::move, Shape::point},
    Word{"hover", Kind::hover, Shape::text},
    Word{"key", Kind::key, Shape::key},
    Word{"type", Kind::type, Shape::text},
    Word{"wheel", Kind::wheel, Shape::point_and_steps},
    Word{"drag", Kind::drag, Shape::two_points},
    Word{"shift-drag", Kind::shift_drag, Shape::two_points},
    Word{"expect", Kind::expect, Shape::text},
    Word{"expect-not", Kind::expect_not, Shape::text},
    Word{"frames", Kind::frames, Shape::number},
    Word{"screenshot", Kind::screenshot, Shape::text},
    Word{"save-text", Kind::save_text, Shape::text},
    Word{"save-clipboard", Kind::save_clipboard, Shape::text},
    Word{"drop", Kind::drop, Shape::text},
    Word{"scale", Kind::scale, Shape::number},
    Word{"theme", Kind::theme, Shape::text},
    Word{"print-memory", Kind::print_memory, Shape::nothing},
    Word{"print-times", Kind::print_times, Shape::nothing},
    Word{"quit", Kind::quit, Shape::nothing},
};

constexpr std::array<std::string_view, 26> kNamedKeys{
    "Escape", "Enter", "Tab", "Space",  "Backspace", "Delete", "Left", "Right", "Up",
    "Down",   "Home",  "End", "PageUp", "PageDown",  "F1",     "F2",   "F3",    "F4",
    "F5",     "F6",    "F7",  "F8",     "F9",        "F10",    "F11",  "F12"};

std::string_view takes(Shape shape) {
  switch (shape) {
    case Shape::nothing: return "nothing";
    case Shape::text: return "\"text\"";
    case Shape::number: return "a number";
    case Shape::text_and_seconds: return "\"text\" SECONDS";
    case Shape::point: return "X Y";
    case Shape::point_and_steps: return "X Y STEPS";
    case Shape::two_points: return "X0 Y0 X1 Y1";
    case Shape::key: return "a key, as Ctrl+P";
  }
  return "";
}

std::size_t words_of(Shape shape) {
  switch (shape) {
    case Shape::nothing: return 0;
    case Shape::text:
    case Shape::number:
    case Shape::key: return 1;
    case Shape::text_and_seconds:
    case Shape::point: return 2;
    case Shape::point_and_steps: return 3;
    case Shape::two_points: return 4;
  }
  return 0;
}

// Splits at blanks; a quoted part keeps its blanks, \" and \\ stand for themselves in it. Nothing if a quote is open.
std::optional<std::vector<std::string>> split(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (quoted) {
      if (c == '\\' && at + 1 < line.size() && (line[at + 1] == '"' || line[at + 1] == '\\')) {
        word += line[++at];
      } else if (c == '"') {
        quoted = false;
      } else {
        word += c;
      }
    } else if (c == '"') {
      quoted = in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else if (c == '#' && !in_word) {
      break;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quoted) return std::nullopt;
  if (in_word) words.push_back(std::move(word));
  return words;
}

bool read_number(std::string_view word, double& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size() && std::isfinite(number);
}

bool read_operands(const std::vector<std::string>& words, Shape shape, ScriptCommand& command) {
  if (words.size() != words_of(shape) + 1) return false;
  const auto number = [&](std::size_t word, double& to) { return read_number(words[word], to); };
  switch (shape) {
    case Shape::nothing: return true;
    case Shape::text: command.text = words[1]; return true;
    case Shape::number: return number(1, command.number);
    case Shape::text_and_seconds: command.text = words[1]; return number(2, command.number);
    case Shape::point: return number(1, command.x) && number(2, command.y);
    case Shape::point_and_steps:
      return number(1, command.x) && number(2, command.y) && number(3, command.number);
    case Shape::two_points:
      return number(1, command.x) && number(2, command.y) && number(3, command.x1) && number(4, command.y1);
    case Shape::key: {
      Result<KeyPress> press = parse_key(words[1]);
      if (press) command.press = *press;
      return press.ok();
    }
  }
  return false;
}

}  // namespace

Result<KeyPress> parse_key(std::string_view words) {
  KeyPress press;
  std::string_view rest = words;
  // A "+" at the end is a key itself.
  for (std::size_t plus = rest.find('+');
       plus != std::string_view::npos && plus + 1 < rest.size() && plus > 0; plus = rest.find('+')) {
    const std::string_view held = rest.substr(0, plus);
    if (held == "Ctrl") {
      press.ctrl = true;
    } else if (held == "Shift") {
      press.shift = true;
    } else if (held == "Alt") {
      press.alt = true;
    } else {
      return Error{"there is no key to hold named \"" + printable_text(held) + "\"", "",
                   "Ctrl, Shift or Alt"};
    }
    rest.remove_prefix(plus + 1);
  }
  const bool is_character = rest.size() == 1 && rest[0] > ' ' && rest[0] <= '~';
  const bool is_named = std::find(kNamedKeys.begin(), kNamedKeys.end(), rest) != kNamedKeys.end();
  if (!is_character && !is_named) {
    return Error{"there is no key named \"" + printable_text(rest) + "\"", "",
                 "a character, or Escape, Left, F1 ..."};
  }
  press.key = rest;
  if (is_character && rest[0] >= 'a' && rest[0] <= 'z') press.key[0] = static_cast<char>(rest[0] - 'a' + 'A');
  return press;
}

Result<std::vector<ScriptCommand>> parse_script(std::string_view script, const std::string& path) {
  std::vector<ScriptCommand> commands;
  std::uint32_t line = 0;
  while (!script.empty()) {
    const std::size_t end = script.find('\n');
    const std::string_view text = script.substr(0, end);
    script.remove_prefix(end == std::string_view::npos ? script.size() : end + 1);
    ++line;
    const std::string where = path + ", line " + std::to_string(line);
    const auto words = split(text);
    if (!words) return Error{"a quote is not closed", where, "write \\\" for a quote within a text"};
    if (words->empty()) continue;
    const auto* const word = std::find_if(kWords.begin(), kWords.end(),
                                          [&](const Word& known) { return known.name == words->front(); });
    if (word == kWords.end()) {
      return Error{"there is no command \"" + printable_text(words->front()) + "\"", where,
                   "see SCRIPTS in the manual page"};
    }
    ScriptCommand command;
    command.kind = word->kind;
    command.line = line;
    if (!read_operands(*words, word->shape, command)) {
      return Error{"\"" + printable_text(text) + "\" is not what the command takes", where,
                   std::string(word->name) + " takes " + std::string(takes(word->shape))};
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace loopscope::view
