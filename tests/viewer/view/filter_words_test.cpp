#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "viewer/view/filter_words.h"

namespace loopscope::view {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FilterWords, AllWordsHaveToBeFoundWhateverTheirCase) {
  const FilterWords words("  Timer\tSERVER ");
  EXPECT_TRUE(words.plain_words_in("read (server.cpp:3)\nuv_timer"));
  EXPECT_FALSE(words.plain_words_in("read (server.cpp:3)\nuv_write"));
  EXPECT_FALSE(words.plain_words_in("read (client.cpp:3)\nuv_timer"));
}

TEST(FilterWords, NothingTypedIsFoundEverywhere) {
  for (const char* typed : {"", "   ", "\t\n"}) {
    const FilterWords words(typed);
    EXPECT_TRUE(words.empty());
    EXPECT_TRUE(words.plain_words_in(""));
    EXPECT_TRUE(words.label_words_in(""));
  }
}

TEST(FilterWords, AWordWithAValueIsALabel) {
  const FilterWords words("Request=17 user= slow url=/a?b=c");
  EXPECT_THAT(words.labels(),
              ElementsAre(LabelWord{"request", "17"}, LabelWord{"user", ""}, LabelWord{"url", "/a?b=c"}));
  EXPECT_TRUE(words.plain_words_in("slow"));
  EXPECT_FALSE(words.empty());
}

TEST(FilterWords, AWordThatBeginsWithAnEqualsSignIsNoLabel) {
  const FilterWords words("=17");
  EXPECT_THAT(words.labels(), IsEmpty());
  EXPECT_TRUE(words.plain_words_in("a=17"));
  EXPECT_FALSE(words.plain_words_in("17"));
}

TEST(FilterWords, WhatLooksLikeALabelMayStandInTheText) {
  const FilterWords words("operator==");
  EXPECT_TRUE(words.label_words_in("job::operator==(job const&)"));
  EXPECT_FALSE(words.label_words_in("job::operator<(job const&)"));
}

TEST(FilterWords, LeavesOtherAlphabetsAndBrokenOnesAlone) {
  EXPECT_TRUE(FilterWords("\xc3\x84Q").plain_words_in("\xc3\x84q"));
  EXPECT_TRUE(FilterWords("\xff").plain_words_in("a\xff"));
}

}  // namespace
}  // namespace loopscope::view
