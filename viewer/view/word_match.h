// Whether a text has words in it, as a person types them: letters without regard to case, words in any order.
#pragma once

#include <string_view>

namespace loopscope::view {

// Whether `words` stand in the text as one piece. Only ASCII letters have a case here. "" stands in any text.
bool has_word(std::string_view text, std::string_view words);

// Whether each of the words, which blanks divide, stands in it somewhere. No word matches any text.
bool has_all_words(std::string_view text, std::string_view words);

}  // namespace loopscope::view
