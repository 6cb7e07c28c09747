// The manual page names the options that --help does, and every detector.
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/viewer/cli/run_loopscope.h"
#include "viewer/detect/detectors.h"

namespace loopscope::testing {
namespace {

std::set<std::string> matches(const std::string& text, const std::string& pattern) {
  std::set<std::string> found;
  const std::regex expression(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

std::string section(const std::string& manual, const std::string& command) {
  const std::size_t begin = manual.find(".Ss " + command + "\n");
  EXPECT_NE(begin, std::string::npos) << command << " has no section";
  const std::size_t end = manual.find("\n.S", begin + 1);
  return manual.substr(begin, end - begin);
}

void expect_agreement(const std::string& command) {
  const std::string manual = section(contents_of(LOOPSCOPE_MANUAL), command);
  // An option's own line begins with two blanks and a dash.
  const auto in_help =
      matches("\n" + run_loopscope({command, "--help"}).out, "\n  (?:-[a-zA-Z],)?--([a-z][a-z-]*)");
  const auto in_manual = matches(manual, "\\.It [^\n]*Fl -([a-z][a-z-]*)");
  EXPECT_GE(in_help.size(), 3u);
  EXPECT_EQ(in_help, in_manual);
}

TEST(Manual, NamesTheOptionsOfAnalyze) { expect_agreement("analyze"); }
TEST(Manual, NamesTheOptionsOfCompare) { expect_agreement("compare"); }
TEST(Manual, NamesTheOptionsOfExport) { expect_agreement("export"); }
TEST(Manual, NamesTheOptionsOfRecord) { expect_agreement("record"); }

TEST(Manual, NamesTheDetectorsThatFailOnTakes) {
  const std::string manual = section(contents_of(LOOPSCOPE_MANUAL), "analyze");
  const std::size_t begin = manual.find(".It Fl -fail-on");
  ASSERT_NE(begin, std::string::npos);
  const std::size_t list = manual.find("\n.Po\n", begin);
  ASSERT_NE(list, std::string::npos) << "they stand in parentheses";
  const std::string listed = manual.substr(list, manual.find("\n.Pc", list) - list);
  const std::set<std::string> words = matches(listed, " ([a-z][a-z-]+)");
  std::set<std::string> detectors;
  for (const detect::Detector& detector : detect::all_detectors()) detectors.emplace(detector.id);
  EXPECT_EQ(words, detectors);
}

}  // namespace
}  // namespace loopscope::testing
