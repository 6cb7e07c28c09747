// JUnit XML and annotations of GitHub Actions.
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/report/outside_program.h"
#include "tests/viewer/report/sample_traces.h"
#include "viewer/report/github_report.h"
#include "viewer/report/junit_report.h"

namespace loopscope::report {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

bool is_warning(const detect::Finding& finding) { return finding.severity >= detect::Severity::warning; }

// What a parser of others makes of it: a line an element, "name attribute=value ...: text".
std::string parsed(const std::string& xml) {
  static const char* const kProgram = R"(
import sys, xml.etree.ElementTree as tree
for element in tree.parse(sys.argv[1]).iter():
    attributes = " ".join(f"{name}={value!r}" for name, value in element.attrib.items())
    print(element.tag, attributes + ":", repr((element.text or "").strip()))
)";
  const testing::Answer answer =
      testing::ask({LOOPSCOPE_PYTHON, "-c", kProgram, testing::written("junit.xml", xml)});
  EXPECT_EQ(answer.exit_code, 0) << answer.text;
  return answer.text;
}

std::string junit(const Contents& contents) {
  const std::vector<JunitSuite> suites{junit_suite(contents, is_warning)};
  return junit_report(suites);
}

TEST(JunitReport, HasATestCaseADetectorAndAFailureForWarnings) {
  const Judged editor(an_editor_that_forgot_timers());
  const std::string xml = parsed(junit(editor.contents()));
  const std::string detectors = std::to_string(detect::all_detectors().size());
  EXPECT_THAT(xml,
              StartsWith("testsuites name='loopscope' tests='" + detectors + "' failures='1' errors='0':"));
  EXPECT_THAT(xml, HasSubstr("testsuite name='nvim' tests='" + detectors +
                             "' failures='1' errors='0' skipped='0' time='1.511' "
                             "timestamp='2023-11-14T22:13:20':"));
  EXPECT_THAT(xml, HasSubstr("testcase classname='loopscope.nvim' name='leaked-task' time='0' "
                             "file='./src/timer.c' line='83':"));
  EXPECT_THAT(xml, HasSubstr("failure type='warning' message='warning: 23 uv_timer tasks never finished"));
  EXPECT_THAT(xml, HasSubstr("pending: 23 tasks\\n"));
  EXPECT_THAT(xml, HasSubstr("testcase classname='loopscope.nvim' name='loop-lag' time='0': ''"));
}

TEST(JunitReport, HasWhatIsNoFailureInTheOutputOfItsCase) {
  const Judged editor(an_editor_that_forgot_timers());
  const std::vector<JunitSuite> suites{
      junit_suite(editor.contents(), [](const detect::Finding&) { return false; })};
  const std::string xml = parsed(junit_report(suites));
  EXPECT_THAT(xml, Not(HasSubstr("failure type")));
  EXPECT_THAT(xml, HasSubstr("system-out : 'warning: 23 uv_timer tasks never finished"));
}

TEST(JunitReport, IsXmlWhateverTheNamesAre) {
  for (const model::Trace& trace : {a_hostile_trace(), nothing_at_all(), a_server_that_blocks()})
    parsed(junit(Judged(trace).contents()));
  Judged judged = everything_at_once();
  judged.findings[0].title = "]]><failure/>\x01 \xff & \"'\n<!--";
  judged.trace.process.executable = "/x/<&\"'>\x02";
  EXPECT_THAT(parsed(junit(judged.contents())), HasSubstr("testsuite name='<&\"\\'>"));
}

TEST(JunitReport, SaysWhichTraceCannotBeRead) {
  const std::vector<JunitSuite> suites{junit_error("a.pb", "a.pb, byte 0: not a loopscope trace"),
                                       junit_suite(Judged(nothing_at_all()).contents(), is_warning)};
  const std::string xml = parsed(junit_report(suites));
  EXPECT_THAT(xml, HasSubstr("errors='1':"));
  EXPECT_THAT(xml, HasSubstr("error type='unreadable' message='a.pb, byte 0: not a loopscope trace'"));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(GithubReport, MarksTheLinesOfFindings) {
  const Judged late(a_late_server_that_was_killed());
  const std::vector<std::string> lines = lines_of(github_report(late.contents(), {}));
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines[0],
              StartsWith("::error file=src/report.cpp,line=211,title=loopscope%3A blocking-span::"));
  EXPECT_THAT(lines[0], HasSubstr("%0Aworst: 1.30 s%0A"));
  EXPECT_THAT(lines, Each(StartsWith("::")))
      << "in other lines the runner looks for commands of its older form";
}

TEST(GithubReport, MakesErrorsOfWhatIsAskedFor) {
  const Judged editor(an_editor_that_forgot_timers());
  EXPECT_THAT(github_report(editor.contents(), {}), StartsWith("::warning file=src/timer.c,line=83,"));
  EXPECT_THAT(github_report(editor.contents(), {.root = "", .fails = is_warning}),
              StartsWith("::error file="));
}

TEST(GithubReport, GivesPathsAsTheCheckoutHasThem) {
  Judged judged(an_editor_that_forgot_timers());
  judged.trace.sites[2].stack[0].file = "/home/runner/work/x/x/src/timer.c";
  EXPECT_THAT(github_report(judged.contents(), {.root = "/home/runner/work/x/x/", .fails = {}}),
              HasSubstr("file=src/timer.c,line=83"));
  EXPECT_THAT(github_report(judged.contents(), {.root = "/home/runner/work/x/xx", .fails = {}}),
              HasSubstr("file=/home/runner/work/x/x/src/timer.c,"));
}

TEST(GithubReport, CannotBeBrokenByNames) {
  Judged judged(nothing_at_all());
  detect::Finding finding;
  finding.detector = "loop-lag";
  finding.severity = detect::Severity::warning;
  finding.title = "100%\r\n::error::fake\x1b[2J";
  model::Frame frame;
  frame.file = "a,b:c%\n.cpp";
  frame.function = "f";
  frame.line = 7;
  finding.stack = {frame};
  judged.findings = {finding};
  EXPECT_THAT(
      lines_of(github_report(judged.contents(), {})),
      ElementsAre("::warning file=a%2Cb%3Ac%25%0A.cpp,line=7,title=loopscope%3A loop-lag::100%25?%0A::error"
                  "::fake?[2J%0Aat f (a,b:c%25%0A.cpp:7)%0A  f (a,b:c%25%0A.cpp:7)"));
  EXPECT_EQ(github_error("a.pb: not\na trace"), "::error title=loopscope::a.pb: not%0Aa trace\n");
}

TEST(GithubReport, OfAHealthyProgramIsEmpty) {
  EXPECT_EQ(github_report(Judged(a_healthy_server()).contents(), {}), "");
}

}  // namespace
}  // namespace loopscope::report
