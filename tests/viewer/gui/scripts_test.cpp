// A script sees what is on screen, and its exit code tells whether that was expected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

#include "tests/viewer/gui/picture.h"
#include "tests/viewer/gui/screen.h"

namespace loopscope::testing {
namespace {

using ::testing::HasSubstr;

const std::string kLeak = LOOPSCOPE_TRACES "/leaky_requests.pb";

TEST(Scripts, EndWellIfAllIsAsExpected) {
  const ViewerRun run =
      run_viewer("wait-loaded\nexpect leaky_requests\nexpect-not \"cannot be shown\"\n", {kLeak});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.err, "");
}

TEST(Scripts, FailWithWhatWasOnScreen) {
  const ViewerRun run = run_viewer("wait-loaded\nexpect \"no such words\"\n", {kLeak});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("line 2 of the script: expected \"no such words\""));
  EXPECT_THAT(run.err, HasSubstr("leaky_requests"));
}

TEST(Scripts, FailIfWhatWasNotExpectedIsThere) {
  EXPECT_EQ(run_viewer("wait-loaded\nexpect-not leaky_requests\n", {kLeak}).exit_code, 1);
}

TEST(Scripts, FailIfThereIsNothingToClick) {
  const ViewerRun run = run_viewer("wait-loaded\nclick \"no such button\"\n", {kLeak});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("there is no \"no such button\" to point at"));
}

TEST(Scripts, WithAMistakeAreNotBegun) {
  const ViewerRun run = run_viewer("wait-loaded\nclik Help\n", {kLeak});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("line 2: there is no command \"clik\""));
}

TEST(Scripts, WriteWhatIsSeen) {
  const std::string picture = folder() + "/seen.png";
  const std::string words = folder() + "/seen.txt";
  const ViewerRun run = run_viewer(
      "wait-loaded\nscreenshot " + picture + "\nsave-text " + words + "\nframes 13\nprint-memory\n",
      {kLeak, "--size", "1000x600"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Picture seen = read_picture(picture);
  EXPECT_EQ(seen.width, 1000);
  EXPECT_EQ(seen.height, 600);
  EXPECT_GT(seen.colours(), 20);
  EXPECT_THAT(contents_of(words), HasSubstr("leaky_requests"));
  EXPECT_THAT(run.out, HasSubstr("median "));
  EXPECT_THAT(run.out, HasSubstr("memory: "));
}

TEST(Scripts, SayIfAPictureCannotBeWritten) {
  const ViewerRun run = run_viewer("wait-loaded\nscreenshot /no/such/folder/a.png\n", {kLeak});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("cannot write /no/such/folder/a.png"));
}

TEST(Scripts, TypeIntoThePaletteAndItDoesWhatIsMeant) {
  const ViewerRun run = run_viewer(
      "wait-loaded\nkey Ctrl+P\nexpect \"Type what you want to do\"\ntype stalls\nkey Enter\n"
      "key ?\nexpect \"Keys and mouse\"\nkey Escape\nexpect-not \"Keys and mouse\"\n",
      {kLeak});
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

std::set<std::string> options_in(const std::string& text, const std::string& pattern) {
  std::set<std::string> found;
  const std::regex expression(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

TEST(Manual, NamesTheOptionsOfView) {
  const std::string manual = contents_of(LOOPSCOPE_MANUAL);
  const std::size_t begin = manual.find(".Ss view\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string section = manual.substr(begin, manual.find("\n.Ss", begin + 1) - begin);
  const std::string help = output_of({LOOPSCOPE_PROGRAM, "view", "--help"});
  const auto in_help = options_in("\n" + help, "\n  (?:-[a-zA-Z],)?--([a-z][a-z-]*)");
  EXPECT_GE(in_help.size(), 7u);
  EXPECT_EQ(in_help, options_in(section, "\\.It [^\n]*Fl -([a-z][a-z-]*)"));
}

TEST(Manual, NamesTheCommandsOfScripts) {
  const std::string manual = contents_of(LOOPSCOPE_MANUAL);
  const std::size_t begin = manual.find(".Sh SCRIPTS\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string section = manual.substr(begin, manual.find("\n.Sh", begin + 1) - begin);
  const auto in_manual = options_in(section, "Cm ([a-z][a-z-]+)");
  const auto in_source =
      options_in(contents_of(LOOPSCOPE_SOURCE_DIR "/viewer/view/script.cpp"), "Word\\{\"([a-z-]+)\"");
  EXPECT_GE(in_source.size(), 20u);
  for (const std::string& command : in_source) EXPECT_TRUE(in_manual.contains(command)) << command;
}

}  // namespace
}  // namespace loopscope::testing
