// What was typed to filter rows: words that all have to be found, whatever their case. "key=value" is also a label of
// tasks; "key=" any value of it. Pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loopscope::view {

struct LabelWord {
  std::string key;  // in lower case, both
  std::string value;
  bool operator==(const LabelWord&) const = default;
};

class FilterWords {
 public:
  FilterWords() = default;
  explicit FilterWords(std::string_view typed);

  bool empty() const { return words_.empty() && labels_.empty(); }
  const std::vector<LabelWord>& labels() const { return labels_; }

  // `text` is in lower case. Words that could be labels are left to the next one.
  bool plain_words_in(std::string_view text) const;
  // Those that could be labels stand in the text as they were typed: "operator==".
  bool label_words_in(std::string_view text) const;

  bool operator==(const FilterWords&) const = default;

 private:
  std::vector<std::string> words_;
  std::vector<LabelWord> labels_;
};

}  // namespace loopscope::view
