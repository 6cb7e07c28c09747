#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/report/sample_traces.h"
#include "viewer/report/columns.h"
#include "viewer/report/evidence_text.h"
#include "viewer/report/text_report.h"

namespace loopscope::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string plain(model::Trace trace) { return text_report(Judged(std::move(trace)).contents(), {}); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Compares with the file, or rewrites it with UPDATE_GOLDEN=1.
void expect_golden(const std::string& text, const std::string& name) {
  const std::string path = std::string(LOOPSCOPE_GOLDEN_DIR) + "/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  ASSERT_TRUE(file) << path << " is missing: run with UPDATE_GOLDEN=1";
  std::stringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str()) << "if this is meant, run with UPDATE_GOLDEN=1 and review " << path;
}

TEST(TextReport, OfForgottenTimers) {
  expect_golden(plain(an_editor_that_forgot_timers()), "forgotten_timers.txt");
}
TEST(TextReport, OfAHealthyServer) { expect_golden(plain(a_healthy_server()), "healthy_server.txt"); }
TEST(TextReport, OfALateServer) { expect_golden(plain(a_late_server_that_was_killed()), "late_server.txt"); }
TEST(TextReport, OfAServerThatBlocks) { expect_golden(plain(a_server_that_blocks()), "blocking_server.txt"); }
TEST(TextReport, OfNothing) { expect_golden(plain(nothing_at_all()), "nothing.txt"); }
TEST(TextReport, OfAHostileTrace) { expect_golden(plain(a_hostile_trace()), "hostile.txt"); }

TEST(TextReport, OfEverythingAFindingCanHave) {
  Judged judged = everything_at_once();
  std::erase_if(judged.findings,
                [](const detect::Finding& one) { return one.detector != "orphaned-siblings"; });
  expect_golden(text_report(judged.contents(), {}), "everything.txt");
}

TEST(EvidenceText, SaysWhereTheTrueValueLies) {
  EXPECT_EQ(evidence_text({"share", 37.04, "%", detect::Interval{29.2, 45.6}}), "37.0 % (29-46 %)");
  EXPECT_EQ(evidence_text({"lag", 0.98, "ms", detect::Interval{0.87, 1.1}}), "980 us (870 us-1.10 ms)");
  EXPECT_EQ(evidence_text({"lag", 98.0, "ms", detect::Interval{87, 110}}), "98.0 ms (87.0-110 ms)");
  EXPECT_EQ(evidence_text({"rate", 23.5, "1/s", detect::Interval{19, 31}}), "23.5/s (19.0/s-31.0/s)");
  EXPECT_EQ(evidence_text({"pending", 23, "tasks"}), "23 tasks");
}

TEST(TextReport, FitsEightyColumnsWhateverTheNamesAre) {
  for (const model::Trace& trace :
       {an_editor_that_forgot_timers(), a_healthy_server(), nothing_at_all(), a_late_server_that_was_killed(),
        a_server_that_blocks(), a_hostile_trace(), model::Trace{}}) {
    for (const std::string& line : lines_of(plain(trace))) {
      EXPECT_LE(columns_of(line), 80u) << line;
      EXPECT_EQ(line, safe_text(line)) << "a control character would reach the terminal";
      EXPECT_FALSE(line.ends_with(' ')) << '"' << line << '"';
    }
  }
}

TEST(TextReport, IsTheSameWithColourButForTheEscapes) {
  const Judged late(a_late_server_that_was_killed());
  const std::string coloured = text_report(late.contents(), {.coloured = true});
  EXPECT_THAT(coloured, HasSubstr("\033[1;31mcritical"));
  std::string stripped;
  for (std::size_t at = 0; at < coloured.size(); ++at) {
    if (coloured[at] == '\033')
      at = coloured.find('m', at);
    else
      stripped += coloured[at];
  }
  EXPECT_EQ(stripped, text_report(late.contents(), {}));
}

TEST(TextReport, PutsTheWorstFindingFirst) {
  const std::string text = plain(a_late_server_that_was_killed());
  const std::size_t critical = text.find("critical[blocking-span]");
  const std::size_t warning = text.find("warning[growing-backlog]");
  ASSERT_NE(critical, std::string::npos);
  ASSERT_NE(warning, std::string::npos);
  EXPECT_LT(critical, warning);
}

TEST(TextReport, ShowsTheTasksThatLedToTheExample) {
  EXPECT_THAT(plain(an_editor_that_forgot_timers()), HasSubstr("parents   #1 uv_read  rstream_start"));
}

TEST(TextReport, LeavesOutTheAgentsOwnFrames) {
  auto builder = testing::a_trace();
  builder.with_site("job", "j.c", 1, 0, "start")
      .called_from("trampoline", "agent/hooks.cpp", 2)
      .called_from("main", "m.c", 3);
  builder.raw().sites[1].stack[1].module = "libloopscope_preload.so";
  const std::string text = plain(builder.with_tasks(5, testing::every(1), testing::created_at(0)).build());
  EXPECT_THAT(text, HasSubstr("main"));
  EXPECT_THAT(text, Not(HasSubstr("trampoline")));
}

TEST(TextReport, SurvivesParentsInACircle) {
  model::Trace trace = testing::a_trace().with_site("job", "j.c", 1).build();
  for (std::uint64_t id = 1; id <= 3; ++id) {
    trace.tasks.add(id, 0, static_cast<model::TaskIndex>(id % 3), 1);
    ++trace.sites[1].created;
  }
  EXPECT_THAT(plain(std::move(trace)), HasSubstr("parents"));
}

TEST(TextReport, LimitsWhatNobodyReadsToTheEnd) {
  auto builder = testing::a_trace();
  for (std::uint32_t line = 1; line <= 31; ++line) {
    builder.with_site("job", "j.c", line).with_tasks(2, testing::every(1), testing::created_at(0));
  }
  const std::string text = plain(builder.build());
  EXPECT_THAT(text, HasSubstr("... and 26 more findings; --format json has all"));
  EXPECT_THAT(text, HasSubstr("... and 21 more places"));
}

}  // namespace
}  // namespace loopscope::report
