#include "viewer/view/palette.h"

#include <algorithm>
#include <utility>

namespace loopscope::view {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_word(std::string_view name, std::size_t at) {
  return at == 0 || name[at - 1] == ' ' || name[at - 1] == '-' || name[at - 1] == '_' || name[at - 1] == ':';
}

bool holds_in_order(std::string_view name, std::string_view typed) {
  std::size_t at = 0;
  for (const char wanted : typed) {
    if (wanted == ' ') continue;
    while (at < name.size() && lower(name[at]) != lower(wanted)) ++at;
    if (at++ == name.size()) return false;
  }
  return true;
}

}  // namespace

int match_score(std::string_view typed, std::string_view name) {
  constexpr int kWordStart = 8;
  constexpr int kNeighbour = 5;
  int score = 0;
  std::size_t at = 0;
  std::size_t last = std::string_view::npos;
  for (std::size_t typed_at = 0; typed_at < typed.size(); ++typed_at) {
    const char wanted = typed[typed_at];
    if (wanted == ' ') continue;
    // A beginning of a word further on beats a letter in the middle of this one, if the rest is found behind it.
    std::size_t found = std::string_view::npos;
    for (std::size_t i = at; i < name.size(); ++i) {
      if (lower(name[i]) != lower(wanted)) continue;
      if (found == std::string_view::npos) found = i;
      if (i == last + 1 || begins_word(name, i)) {
        if (holds_in_order(name.substr(i + 1), typed.substr(typed_at + 1))) found = i;
        break;
      }
    }
    if (found == std::string_view::npos) return -1;
    score += 1;
    if (begins_word(name, found)) score += kWordStart;
    if (last != std::string_view::npos && found == last + 1) score += kNeighbour;
    last = found;
    at = found + 1;
  }
  return score;
}

std::vector<std::size_t> matching(std::string_view typed, std::span<const std::string> names) {
  std::vector<std::pair<int, std::size_t>> found;
  for (std::size_t at = 0; at < names.size(); ++at) {
    const int score = match_score(typed, names[at]);
    if (score >= 0) found.emplace_back(-score, at);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::size_t> order;
  order.reserve(found.size());
  for (const auto& [score, at] : found) order.push_back(at);
  return order;
}

}  // namespace loopscope::view
