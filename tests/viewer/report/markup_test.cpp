// Names of a trace in XML and HTML.
#include "viewer/report/markup.h"

#include <gtest/gtest.h>

namespace loopscope::report {
namespace {

TEST(Markup, MakesEntitiesOfWhatWouldBeMarkup) {
  EXPECT_EQ(escaped("<script>a('\"&\")</script>"), "&lt;script&gt;a(&#39;&quot;&amp;&quot;)&lt;/script&gt;");
  EXPECT_EQ(escaped("std::map<int, T&>"), "std::map&lt;int, T&amp;&gt;");
}

TEST(Markup, KeepsTextOfAllLanguages) {
  EXPECT_EQ(escaped("\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80\n\t"),
            "\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80\n\t");
}

TEST(Markup, ReplacesWhatIsNoUtf8) {
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(escaped("a\xff\xfe"), "a" + r + r);
  EXPECT_EQ(escaped("\xc0\xaf"), r + r) << "overlong";
  EXPECT_EQ(escaped("\xed\xa0\x80"), r + r + r) << "half of a surrogate pair";
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), r + r + r + r) << "beyond U+10FFFF";
  EXPECT_EQ(escaped("\xe6\xbc"), r + r) << "cut";
}

TEST(Markup, ReplacesWhatXmlDoesNotAllowAndWhatTurnsOrEndsALineUnseen) {
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(escaped(std::string("a\0b\x1b[2J\x7f", 8)), "a" + r + "b" + r + "[2J" + r);
  EXPECT_EQ(escaped("\xef\xbf\xbe"), r) << "U+FFFE";
  EXPECT_EQ(escaped("\xe2\x80\xae\xe2\x80\xa8\xe2\x80\xa9\xe2\x81\xa6"), r + r + r + r);
  EXPECT_EQ(escaped("\xc2\x85"), r) << "next line";
}

TEST(Markup, CutsLongNamesInTheMiddleBetweenCharacters) {
  EXPECT_EQ(escaped("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(escaped("abcdefghijk", 10), "abcd...ijk");
  EXPECT_EQ(escaped("<<<<<<<<<<<<", 5), "&lt;...&lt;");
  EXPECT_EQ(escaped("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 4), "\xe6\xbc\xa2...");
}

}  // namespace
}  // namespace loopscope::report
