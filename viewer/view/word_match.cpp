#include "viewer/view/word_match.h"

#include <algorithm>

namespace loopscope::view {
namespace {

char folded(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

}  // namespace

bool has_word(std::string_view text, std::string_view words) {
  const auto same = [](char a, char b) { return folded(a) == folded(b); };
  return std::search(text.begin(), text.end(), words.begin(), words.end(), same) != text.end() ||
         words.empty();
}

bool has_all_words(std::string_view text, std::string_view words) {
  while (true) {
    const std::size_t begin = words.find_first_not_of(' ');
    if (begin == std::string_view::npos) return true;
    words.remove_prefix(begin);
    const std::string_view word = words.substr(0, words.find(' '));
    if (!has_word(text, word)) return false;
    words.remove_prefix(word.size());
  }
}

}  // namespace loopscope::view
