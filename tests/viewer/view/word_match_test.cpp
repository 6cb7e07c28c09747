// Words as a person types them.
#include "viewer/view/word_match.h"

#include <gtest/gtest.h>

namespace loopscope::view {
namespace {

TEST(HasWord, DoesNotCareForCase) {
  EXPECT_TRUE(has_word("Store::save()", "store::SAVE"));
  EXPECT_FALSE(has_word("Store::save()", "save store"));
  EXPECT_TRUE(has_word("", ""));
  EXPECT_FALSE(has_word("", "a"));
  EXPECT_FALSE(has_word("@", "`")) << "only letters have a case";
}

TEST(HasAllWords, TakesThemInAnyOrder) {
  EXPECT_TRUE(has_all_words("Store::save (store.cpp:71)", "71  Save "));
  EXPECT_FALSE(has_all_words("Store::save (store.cpp:71)", "save 72"));
  EXPECT_TRUE(has_all_words("anything", "  "));
}

}  // namespace
}  // namespace loopscope::view
