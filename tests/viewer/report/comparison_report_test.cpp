// The comparison as text and as JSON.
#include "viewer/report/comparison_report.h"

#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/trace_builder.h"
#include "tests/viewer/report/sample_traces.h"
#include "viewer/report/columns.h"

namespace loopscope::report {
namespace {

using namespace loopscope::testing;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Nanos ms = kMillisecond;

Comparison compared(const model::Trace& base, const model::Trace& now) {
  const Judged before(base);
  const Judged after(now);
  return compare(before.contents(), after.contents());
}

model::Trace a_leak(std::size_t tasks, const std::string& function, Nanos lifetime) {
  TraceBuilder program = a_trace();
  program.lasting(10 * kSecond).with_loop("libuv", "main");
  program.with_site("timer", "src/leak.cpp", 3, 0, function).with_tasks(tasks, every(ms), created_at(0));
  program.with_site("read", "src/io.cpp", 9, 0, "load")
      .with_tasks(307, every(23 * ms), created_at(0).finished_at(lifetime));
  model::Trace trace = program.build();
  trace.path = function + ".pb";
  return trace;
}

TEST(ComparisonReport, SaysWhatIsWorseNewAndGone) {
  const std::string worse =
      comparison_text_report(compared(a_leak(23, "leak", 10 * ms), a_leak(83, "leak", 31 * ms)), {});
  EXPECT_THAT(worse, HasSubstr("\nworse: 1 finding worse, 2 places worse, "));
  EXPECT_THAT(worse, HasSubstr("worse   warning[leaked-task] leak (leak.cpp:3)\n"
                               "        pending 23 tasks -> 83 tasks (+261 %)"));
  EXPECT_THAT(worse, HasSubstr("worse  read load (io.cpp:9)"));
  EXPECT_THAT(worse, HasSubstr("lifetime p50"));
  const std::string other =
      comparison_text_report(compared(a_leak(23, "old", 10 * ms), a_leak(29, "young", 10 * ms)), {});
  EXPECT_THAT(other, HasSubstr("base    old.pb\nnew     young.pb\n"));
  EXPECT_THAT(
      other,
      HasSubstr("new     warning[leaked-task] young (leak.cpp:3)\n        pending 29 tasks, tasks waited"));
  EXPECT_THAT(other, HasSubstr("gone    warning[leaked-task] old (leak.cpp:3)"));
}

TEST(ComparisonReport, SaysNoDifferenceInAsManyWords) {
  const model::Trace trace = a_leak(23, "leak", 10 * ms);
  const std::string text = comparison_text_report(compared(trace, trace), {});
  EXPECT_THAT(text, HasSubstr("\nno difference\n"));
  EXPECT_THAT(text, HasSubstr("same    1 other finding\n"));
  EXPECT_THAT(text, HasSubstr("same    2 places\n"));
  EXPECT_THAT(text, Not(HasSubstr("worse")));
}

TEST(ComparisonReport, FitsEightyColumnsWhateverTheNamesAre) {
  const std::vector<model::Trace> traces{
      an_editor_that_forgot_timers(), a_healthy_server(), a_late_server_that_was_killed(),
      a_server_that_blocks(),         a_hostile_trace(),  nothing_at_all()};
  for (const model::Trace& base : traces) {
    for (const model::Trace& now : traces) {
      std::istringstream lines(comparison_text_report(compared(base, now), {}));
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(columns_of(line), 80u) << line;
        EXPECT_EQ(line, safe_text(line)) << "a control character would reach the terminal";
      }
    }
  }
}

TEST(ComparisonReport, HasTheSameInJson) {
  const Comparison comparison = compared(a_leak(23, "leak", 10 * ms), a_leak(83, "leak", 31 * ms));
  const json report = json::parse(comparison_json_report(comparison));
  EXPECT_EQ(report["verdict"]["status"], "worse");
  EXPECT_EQ(report["findings"][0]["change"], "worse");
  EXPECT_EQ(report["findings"][0]["evidence"]["base"], 23.0);
  EXPECT_EQ(report["findings"][0]["evidence"]["new"], 83.0);
  EXPECT_EQ(report["findings"][0]["evidence"]["unit"], "tasks");
  EXPECT_EQ(report["sites"].size(), 2u);
  EXPECT_EQ(report["new"]["traces"], 1);
  const json same = json::parse(comparison_json_report(compared(nothing_at_all(), nothing_at_all())));
  EXPECT_EQ(same["verdict"]["status"], "no difference");
}

}  // namespace
}  // namespace loopscope::report
