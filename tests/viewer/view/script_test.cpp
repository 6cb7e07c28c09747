// A script is read as a whole, and what is wrong in it is told by its line.
#include "viewer/view/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loopscope::view {
namespace {

using Kind = ScriptCommand::Kind;
using ::testing::HasSubstr;

std::vector<ScriptCommand> commands_of(std::string_view script) {
  auto parsed = parse_script(script, "walk.txt");
  EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.error().text());
  return parsed.ok() ? *parsed : std::vector<ScriptCommand>{};
}

std::string error_of(std::string_view script) {
  const auto parsed = parse_script(script, "walk.txt");
  return parsed.ok() ? "" : parsed.error().text();
}

TEST(Script, ReadsOneCommandALine) {
  const auto commands = commands_of(
      "wait-loaded\n"
      "click \"Show me\"  # the first finding\n"
      "\n"
      "  # nothing\n"
      "wheel 640 200 -7\n"
      "drag 1 2 3 4\n"
      "wait \"97.9 ms\" 2.5\n"
      "quit");
  ASSERT_EQ(commands.size(), 6u);
  EXPECT_EQ(commands[0].kind, Kind::wait_loaded);
  EXPECT_EQ(commands[1].text, "Show me");
  EXPECT_EQ(commands[1].line, 2u);
  EXPECT_EQ(commands[2].x, 640);
  EXPECT_EQ(commands[2].y, 200);
  EXPECT_EQ(commands[2].number, -7);
  EXPECT_EQ(commands[3].y1, 4);
  EXPECT_EQ(commands[4].text, "97.9 ms");
  EXPECT_EQ(commands[4].number, 2.5);
  EXPECT_EQ(commands[5].kind, Kind::quit);
}

TEST(Script, KeepsQuotesAndBlanksWithinATextAndNeedsNoneAroundAWord) {
  const auto commands = commands_of("expect \"say \\\"no\\\"  # \\\\ twice\"\r\nexpect plain\n");
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(commands[0].text, "say \"no\"  # \\ twice");
  EXPECT_EQ(commands[1].text, "plain");
}

TEST(Script, NamesTheLineAndWhatTheCommandTakes) {
  EXPECT_THAT(error_of("quit\nfly away\n"), HasSubstr("walk.txt, line 2: there is no command \"fly\""));
  EXPECT_THAT(error_of("wheel 1 2\n"), HasSubstr("wheel takes X Y STEPS"));
  EXPECT_THAT(error_of("wheel 1 2 nan\n"), HasSubstr("wheel takes"));
  EXPECT_THAT(error_of("wheel 1 2 3x\n"), HasSubstr("wheel takes"));
  EXPECT_THAT(error_of("expect\n"), HasSubstr("expect takes \"text\""));
  EXPECT_THAT(error_of("quit now\n"), HasSubstr("quit takes nothing"));
  EXPECT_THAT(error_of("expect \"open\n"), HasSubstr("a quote is not closed"));
  EXPECT_THAT(error_of("key Ctrl+Nothing\n"), HasSubstr("key takes"));
}

TEST(Keys, AreHeldKeysAndOneThatIsPressed) {
  const auto key = parse_key("Ctrl+Shift+p");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(*key, (KeyPress{.ctrl = true, .shift = true, .key = "P"}));
  EXPECT_EQ(parse_key("Escape")->key, "Escape");
  EXPECT_EQ(parse_key("?")->key, "?");
  EXPECT_EQ(parse_key("Ctrl++")->key, "+");
  EXPECT_EQ(parse_key("+")->key, "+");
}

TEST(Keys, OfNoNameAreRefused) {
  for (const char* words : {"", "Ctrl+", "Hyper+P", "Escapes", "  ", "Ctrl"}) {
    EXPECT_FALSE(parse_key(words).ok()) << words;
  }
}

}  // namespace
}  // namespace loopscope::view
