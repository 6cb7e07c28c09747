#include "viewer/view/filter_words.h"

#include <algorithm>
#include <utility>

#include "viewer/base/text.h"

namespace loopscope::view {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

FilterWords::FilterWords(std::string_view typed) {
  const std::string lower = lower_case(typed);
  for (std::size_t at = 0; at < lower.size();) {
    if (is_blank(lower[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < lower.size() && !is_blank(lower[end])) ++end;
    std::string word = lower.substr(at, end - at);
    at = end;
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      words_.push_back(std::move(word));
    } else {
      labels_.push_back({word.substr(0, equals), word.substr(equals + 1)});
    }
  }
}

bool FilterWords::plain_words_in(std::string_view text) const {
  return std::all_of(words_.begin(), words_.end(),
                     [&](const std::string& word) { return text.find(word) != std::string_view::npos; });
}

bool FilterWords::label_words_in(std::string_view text) const {
  return std::all_of(labels_.begin(), labels_.end(), [&](const LabelWord& word) {
    return text.find(word.key + "=" + word.value) != std::string_view::npos;
  });
}

}  // namespace loopscope::view
