#include "viewer/symbols/symbol_name.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <iterator>
#include <string_view>

#include "viewer/symbols/demangle.h"

namespace loopscope::symbols {
namespace {

constexpr std::string_view kDestroy = ".destroy";

bool remove_suffix(std::string_view& text, std::string_view suffix) {
  if (text.size() <= suffix.size() || !text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// Parts and copies of one function: nobody wrote them, and what they do is the function's. `.resume` and `.cleanup`
// are clang's halves of a coroutine.
bool remove_clone(std::string_view& symbol) {
  std::string_view rest = symbol;
  while (!rest.empty() && std::isdigit(static_cast<unsigned char>(rest.back()))) rest.remove_suffix(1);
  bool numbered = rest.size() < symbol.size() && rest.ends_with('.');
  if (numbered) rest.remove_suffix(1);
  static constexpr std::string_view kNumbered[] = {".part",       ".isra", ".constprop", ".lto_priv",
                                                   ".localalias", ".llvm", ".cold"};
  static constexpr std::string_view kBare[] = {".cold", ".localalias", ".resume", ".cleanup"};
  auto removes = [&](std::string_view suffix) { return remove_suffix(rest, suffix); };
  bool removed = numbered ? std::any_of(std::begin(kNumbered), std::end(kNumbered), removes)
                          : std::any_of(std::begin(kBare), std::end(kBare), removes);
  if (removed) symbol = rest;
  return removed;
}

// gcc's halves of a coroutine are functions that take a frame, whose type has the coroutine's symbol for a name, as
// <length><name>: "_Z5fetchPZ5fetchiE15_Z5fetchi.Frame.actor" holds "_Z5fetchi". "" for any other symbol.
std::string_view coroutine_of(std::string_view half) {
  if (!remove_suffix(half, ".actor") && !remove_suffix(half, kDestroy)) return {};
  if (!half.ends_with(".Frame")) return {};
  for (std::size_t at = half.find("_Z", 1); at != half.npos; at = half.find("_Z", at + 1)) {
    std::string_view frame = half.substr(at);
    if (!half.substr(0, at).ends_with(std::to_string(frame.size()))) continue;
    remove_suffix(frame, ".Frame");
    return frame;
  }
  return {};
}

}  // namespace

std::string symbol_name(const char* symbol) {
  std::string_view rest(symbol, strnlen(symbol, kMaxMangledBytes));
  if (std::size_t version = rest.find('@', 1); version != rest.npos) rest = rest.substr(0, version);
  while (remove_clone(rest)) continue;
  std::string_view coroutine = coroutine_of(rest);
  if (coroutine.empty()) return demangle(std::string(rest).c_str());
  bool destroys = rest.ends_with(kDestroy);
  return demangle(std::string(coroutine).c_str()) + (destroys ? " [clone .destroy]" : "");
}

}  // namespace loopscope::symbols
