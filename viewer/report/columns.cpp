#include "viewer/report/columns.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "viewer/base/text.h"

namespace loopscope::report {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode's East Asian Width "W" and "F" and the emoji that terminals draw wide, in coarse blocks.
constexpr std::array<Range, 10> kWide{{{0x1100, 0x115f},
                                       {0x231a, 0x231b},
                                       {0x2e80, 0x303e},
                                       {0x3041, 0xa4cf},
                                       {0xa960, 0xa97c},
                                       {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},
                                       {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},
                                       {0x1f300, 0x3fffd}}};

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
};

// The first character of valid UTF-8.
Character character_at(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  const std::size_t bytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (bytes == 1 || bytes > text.size()) return {first, 1};
  char32_t code = first & (0xffu >> (bytes + 1));
  for (std::size_t at = 1; at < bytes; ++at) code = code << 6 | (byte(at) & 0x3fu);
  return {code, bytes};
}

std::size_t width_of(char32_t code) {
  for (const Range& range : kWide) {
    if (code >= range.first && code <= range.last) return 2;
  }
  return 1;
}

bool turns_direction(char32_t code) {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0x200e ||
         code == 0x200f || code == 0x2028 || code == 0x2029;
}

std::string_view head(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const Character next = character_at(text.substr(bytes));
    const std::size_t width = width_of(next.code);
    if (width > columns) break;
    columns -= width;
    bytes += next.bytes;
  }
  return text.substr(0, bytes);
}

std::string_view tail(std::string_view text, std::size_t columns) {
  std::size_t left_out = columns_of(text);
  std::size_t bytes = 0;
  while (bytes < text.size() && left_out > columns) {
    const Character next = character_at(text.substr(bytes));
    left_out -= std::min(left_out, width_of(next.code));
    bytes += next.bytes;
  }
  return text.substr(bytes);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A number and its unit ("1.29 s", "25 h 1 min") stay on one line.
bool is_unit(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kUnits{"ns", "us", "ms", "s",  "min", "h",
                                                           "%",  "B",  "kB", "MB", "GB",  "TB"};
  while (!word.empty() && (word.back() == ',' || word.back() == '.' || word.back() == ')'))
    word.remove_suffix(1);
  return std::find(kUnits.begin(), kUnits.end(), word) != kUnits.end();
}

std::size_t end_of_word(std::string_view text) {
  std::size_t end = std::min(text.find(' '), text.size());
  if (end == 0 || end == text.size() || !is_digit(text[end - 1])) return end;
  const std::string_view rest = text.substr(end + 1);
  const std::size_t next = std::min(rest.find(' '), rest.size());
  return is_unit(rest.substr(0, next)) ? end + 1 + next : end;
}

std::string shorten(std::string_view text, std::size_t columns, std::size_t head_columns) {
  static constexpr std::string_view kDots = "...";
  if (columns_of(text) <= columns) return std::string(text);
  if (columns <= kDots.size()) return std::string(kDots.substr(0, columns));
  const std::size_t room = columns - kDots.size();
  const std::string_view front = head(text, std::min(head_columns, room));
  return std::string(front) + std::string(kDots) + std::string(tail(text, room - columns_of(front)));
}

}  // namespace

std::string safe_text(std::string_view text) {
  const std::string printable = printable_text(text);
  std::string safe;
  safe.reserve(printable.size());
  for (std::size_t at = 0; at < printable.size();) {
    const Character next = character_at(std::string_view(printable).substr(at));
    if (turns_direction(next.code)) {
      safe += '?';
    } else {
      safe.append(printable, at, next.bytes);
    }
    at += next.bytes;
  }
  return safe;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Character next = character_at(text);
    columns += width_of(next.code);
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string shorten_name(std::string_view text, std::size_t columns) {
  return shorten(text, columns, columns > 3 ? (columns - 3 + 1) / 2 : 0);
}

std::string shorten_path(std::string_view text, std::size_t columns) {
  return shorten(text, columns, columns / 5);
}

std::string left(std::string_view text, std::size_t columns) {
  const std::size_t used = columns_of(text);
  return std::string(text) + std::string(used < columns ? columns - used : 0, ' ');
}

std::string right(std::string_view text, std::size_t columns) {
  const std::size_t used = columns_of(text);
  return std::string(used < columns ? columns - used : 0, ' ') + std::string(text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t blank = end_of_word(text);
    const std::string word = shorten_name(text.substr(0, blank), columns);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > columns) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace loopscope::report
