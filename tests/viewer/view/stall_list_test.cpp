// The stalls as rows: what the JSON report says, and more of it.
#include "viewer/view/stall_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/viewer/view/sampled_stalls.h"
#include "viewer/detect/verdict.h"
#include "viewer/report/json_report.h"

namespace loopscope::view {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr Nanos ms = kMillisecond;
using Shown = std::vector<std::uint32_t>;

Shown shown(const model::Trace& trace, std::string_view words, const StallSelection& selection = {},
            StallColumn column = StallColumn::duration, bool descending = true) {
  return shown_stalls(stall_rows(trace), trace, words, selection, column, descending);
}

TEST(StallRows, SayWhatTheJsonReportSays) {
  model::Trace trace = sampled_stalls();
  trace.stalls[2].loop = 99;
  trace.stalls[2].task = 4'000'000;
  const json stalls = json::parse(report::json_report({trace, {}, detect::Verdict{}}))["stalls"];
  const std::vector<StallRow> rows = stall_rows(trace);
  ASSERT_EQ(rows.size(), stalls.size());
  ASSERT_EQ(rows.size(), 3u);
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const StallRow& row = rows[at];
    const json& stall = stalls[at];
    EXPECT_EQ(row.stall, at);
    EXPECT_EQ(to_ms(row.begin), stall["start_ms"]);
    EXPECT_EQ(to_ms(row.duration), stall["duration_ms"]);
    EXPECT_EQ(row.ended, stall["ended"]);
    EXPECT_EQ(row.loop, stall["loop"]);
    EXPECT_EQ(row.thread, stall["thread"]);
    EXPECT_EQ(row.cause, stall["cause"]);
    EXPECT_EQ(row.system_call, stall["system_call"].is_null() ? "" : stall["system_call"].get<std::string>());
    EXPECT_EQ(row.task, stall["task"]);
    EXPECT_EQ(row.samples, stall["samples"]);
    EXPECT_EQ(row.waited.tasks, stall["waited"]["tasks"]);
    EXPECT_EQ(to_ms(row.waited.total), stall["waited"]["total_ms"]);
  }
  EXPECT_EQ(rows[0].waited.tasks, 2u);
  EXPECT_EQ(rows[0].where, "Store::save (store.cpp:71)");
  EXPECT_EQ(rows[1].where, "not sampled");
}

TEST(ShownStalls, AreSortedByAnyColumn) {
  const model::Trace trace = sampled_stalls();
  EXPECT_EQ(shown(trace, ""), (Shown{0, 1, 2}));
  EXPECT_EQ(shown(trace, "", {}, StallColumn::duration, false), (Shown{2, 1, 0}));
  EXPECT_EQ(shown(trace, "", {}, StallColumn::begin, false), (Shown{0, 2, 1}));
  EXPECT_EQ(shown(trace, "", {}, StallColumn::cause, false), (Shown{1, 0, 2})) << "none, fsync, running";
  EXPECT_EQ(shown(trace, "", {}, StallColumn::where, false), (Shown{0, 1, 2})) << "Store, not sampled, pack";
  EXPECT_EQ(shown(trace, "", {}, StallColumn::task, true), (Shown{0, 2, 1}));
  EXPECT_EQ(shown(trace, "", {}, StallColumn::waited, true), (Shown{0, 1, 2}));
  EXPECT_EQ(shown(trace, "", {}, StallColumn::waited_time, false), (Shown{2, 1, 0}));
  EXPECT_EQ(shown(trace, "", {}, StallColumn::samples, false), (Shown{1, 0, 2}));
  EXPECT_EQ(shown(trace, "", {}, StallColumn::loop, true), (Shown{0, 1, 2})) << "equal: longest first";
}

TEST(ShownStalls, HaveAllTheWords) {
  const model::Trace trace = sampled_stalls();
  EXPECT_EQ(shown(trace, "FSYNC"), Shown{0});
  EXPECT_EQ(shown(trace, "fsync store"), Shown{0});
  EXPECT_THAT(shown(trace, "fsync pack"), IsEmpty());
  EXPECT_EQ(shown(trace, "main.cpp:23"), (Shown{0, 2})) << "where their tasks were created";
}

TEST(ShownStalls, AreFoundByTheLabelsOfTheirTask) {
  model::Trace trace = sampled_stalls();
  EXPECT_EQ(shown(trace, "request=4711"), Shown{2});
  EXPECT_THAT(shown(trace, "request=4712"), IsEmpty());
}

TEST(ShownStalls, LieWithinTheSelectedTime) {
  const model::Trace trace = sampled_stalls();
  EXPECT_EQ(shown(trace, "", {.range = TimeRange{1 * kSecond, 2003 * ms}}), Shown{0});
  EXPECT_EQ(shown(trace, "", {.range = TimeRange{1315 * ms, 2004 * ms}}), (Shown{0, 2}));
  EXPECT_EQ(shown(trace, "", {.stall = 1}), Shown{1});
}

TEST(CauseText, PrefersTheSystemCall) {
  const std::vector<StallRow> rows = stall_rows(sampled_stalls());
  EXPECT_EQ(cause_text(rows[0]), "fsync");
  EXPECT_EQ(cause_text(rows[1]), "-");
  EXPECT_EQ(cause_text(rows[2]), "running");
}

TEST(WhoWaited, IsWhomTheRowCounts) {
  const model::Trace trace = sampled_stalls();
  const std::vector<WaitingTask> waiting = who_waited(trace, 0);
  ASSERT_EQ(waiting.size(), 2u);
  EXPECT_EQ(waiting[0].number, 3u);
  EXPECT_EQ(waiting[0].waited, 307 * ms);
  EXPECT_EQ(waiting[0].place, "Connection::open (net.cpp:61)");
  EXPECT_EQ(waiting[1].number, 4u);
  EXPECT_EQ(waiting[1].waited, 94 * ms);
  ASSERT_EQ(who_waited(trace, 1).size(), 1u) << "for a tick, which is no task's";
  EXPECT_THAT(who_waited(trace, 2), IsEmpty());
  EXPECT_THAT(who_waited(trace, 3), IsEmpty()) << "there is no such stall";
}

TEST(WhoWaited, LeavesOutTasksThatAreNotThere) {
  model::Trace trace = sampled_stalls();
  trace.waited[0].task = 1'000'003;
  EXPECT_EQ(who_waited(trace, 0).size(), 1u);
}

TEST(StallRows, SurviveParentsInACircle) {
  model::Trace trace;
  trace.sites.emplace_back();
  trace.tasks.add(1, 0, 1, 0);
  trace.tasks.add(2, 0, 0, 7);
  trace.stalls.emplace_back().task = 0;
  trace.stalls.emplace_back().task = 1;
  trace.labels.push_back({1, "user", "ada"});
  trace.labels.push_back({77, "user", "bob"});
  EXPECT_EQ(shown(trace, "user=ada"), (Shown{0, 1})) << "each is the other's parent";
}

TEST(StallsText, HasTheNumbersOfTheJsonReport) {
  const model::Trace trace = sampled_stalls();
  const std::vector<StallRow> rows = stall_rows(trace);
  EXPECT_EQ(stalls_text(rows, {2, 0}),
            "start_ms\tduration_ms\tended\tloop\tthread\tcause\tsystem_call\twhere\ttask\twaited_tasks\t"
            "waited_total_ms\tsamples\n"
            "2003\t53\tyes\t1\tmain\trunning\t\tpack (pack.cpp:11)\t1\t0\t0\t2\n"
            "1009\t307\tyes\t1\tmain\tsystem call\tfsync\tStore::save (store.cpp:71)\t2\t2\t401\t2\n");
  EXPECT_EQ(waiting_text(who_waited(trace, 0)),
            "task\tplace\tfrom_ms\twaited_ms\n"
            "3\tConnection::open (net.cpp:61)\t1009\t307\n"
            "4\tConnection::open (net.cpp:61)\t1222\t94\n");
}

TEST(StallsText, CannotBeBrokenByNames) {
  model::Trace trace = sampled_stalls();
  trace.stalls[0].cause = "a\tb\nc\x1b[31m\xff";
  const std::string text = stalls_text(stall_rows(trace), {0});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\t'), 22);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace loopscope::view
