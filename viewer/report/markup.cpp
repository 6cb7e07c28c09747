#include "viewer/report/markup.h"

#include <cstdint>
#include <vector>

namespace loopscope::report {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// The character at `at` with its length; length 0 if the bytes there are no UTF-8 (RFC 3629).
struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
  const std::uint8_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + bytes > text.size()) return {};
  char32_t code = first & (0xffU >> (bytes + 1));
  for (std::size_t next = 1; next < bytes; ++next) {
    if ((byte(at + next) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(at + next) & 0x3fU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  if (overlong || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return {};
  return {code, bytes};
}

bool is_text(char32_t code) {
  if (code == '\n' || code == '\t') return true;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  if (code == 0xfffe || code == 0xffff) return false;
  const bool turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
                     code == 0x200e || code == 0x200f;
  return !turns && code != 0x2028 && code != 0x2029;
}

void add(std::string& out, std::string_view text, const Character& character, std::size_t at) {
  if (character.bytes == 0 || !is_text(character.code)) {
    out += kReplacement;
    return;
  }
  switch (character.code) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\'': out += "&#39;"; break;
    default: out += text.substr(at, character.bytes);
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    add(out, text, character, at);
    at += character.bytes == 0 ? 1 : character.bytes;
  }
  return out;
}

std::string escaped(std::string_view text, std::size_t characters) {
  if (text.size() <= characters) return escaped(text);
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size();) {
    starts.push_back(at);
    const std::size_t bytes = character_at(text, at).bytes;
    at += bytes == 0 ? 1 : bytes;
  }
  if (starts.size() <= characters) return escaped(text);
  const std::size_t kept = characters < 3 ? 0 : characters - 3;
  const std::size_t tail = kept / 2;
  const std::size_t head = kept - tail;
  return escaped(text.substr(0, starts[head])) + "..." +
         (tail == 0 ? "" : escaped(text.substr(starts[starts.size() - tail])));
}

}  // namespace loopscope::report
