#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/trace_builder.h"
#include "tests/viewer/report/sample_traces.h"
#include "viewer/report/json_report.h"

namespace loopscope::report {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

ordered_json report_of(model::Trace trace) {
  const Judged judged(std::move(trace));
  return ordered_json::parse(json_report(judged.contents()));
}

std::vector<std::string> names_of(const ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

const auto kDistribution = ElementsAre("p50", "p90", "p99", "p999", "max");

TEST(JsonReport, HasTheNamesOfTheContract) {
  const ordered_json json = report_of(a_late_server_that_was_killed());
  EXPECT_THAT(names_of(json), ElementsAre("schema", "trace", "agent", "loops", "tasks", "sites", "stalls",
                                          "stalls_total", "stalls_ms", "pending_awaits", "reachability",
                                          "findings", "verdict", "confounders"));
  EXPECT_THAT(names_of(json["trace"]), ElementsAre("program", "argv", "pid", "started_at", "duration_ms",
                                                   "events", "lost_events", "complete", "end", "streamed"));
  EXPECT_THAT(names_of(json["agent"]), ElementsAre("cpu_ms", "events_per_s", "bytes"));
  ASSERT_EQ(json["loops"].size(), 1u);
  EXPECT_THAT(names_of(json["loops"][0]),
              ElementsAre("id", "kind", "name", "thread", "ticks", "busy_ms", "idle_ms", "utilization",
                          "lag_ms", "tick_busy_ms", "poll_delay_ms", "stalls", "blocked_ms"));
  for (const char* name : {"lag_ms", "tick_busy_ms", "poll_delay_ms"}) {
    EXPECT_THAT(names_of(json["loops"][0][name]), kDistribution);
  }
  EXPECT_THAT(names_of(json["tasks"]),
              ElementsAre("created", "finished", "pending", "failed", "cancelled", "abandoned",
                          "peak_pending", "never_resumable", "by_kind"));
  EXPECT_THAT(names_of(json["tasks"]["by_kind"][0]),
              ElementsAre("kind", "created", "finished", "pending", "lifetime_ms", "queue_ms"));
  EXPECT_THAT(names_of(json["tasks"]["by_kind"][0]["lifetime_ms"]), kDistribution);
  EXPECT_THAT(names_of(json["sites"][0]),
              IsSupersetOf({"id", "function", "file", "line", "kind", "created", "pending"}));
  EXPECT_THAT(names_of(json["stalls"][0]),
              ElementsAre("start_ms", "duration_ms", "loop", "task", "cause", "samples", "frames", "thread",
                          "ended", "is_tick", "cpu_ms", "run_queue_wait_ms", "suppressed", "system_call",
                          "waited", "woken_by", "woken_events"));
  EXPECT_THAT(names_of(json["stalls"][0]["waited"]), ElementsAre("tasks", "total_ms"));
  EXPECT_THAT(names_of(json["findings"][0]),
              ElementsAre("detector", "severity", "title", "site", "created_at", "lines", "evidence",
                          "advice", "tasks", "waiting", "members_title", "members", "contexts", "candidate",
                          "price_s", "first_ms", "last_ms", "count"));
  EXPECT_THAT(names_of(json["findings"][0]["site"]), ElementsAre("function", "file", "line", "chain"));
  for (const auto& [name, evidence] : json["findings"][0]["evidence"].items()) {
    EXPECT_THAT(names_of(evidence), ElementsAre("value", "unit", "low", "high")) << name;
  }
  EXPECT_THAT(names_of(json["verdict"]), ElementsAre("status", "headline"));
}

TEST(JsonReport, HasTheNumbersOfTheTrace) {
  const ordered_json json = report_of(an_editor_that_forgot_timers());
  EXPECT_EQ(json["trace"]["program"], "nvim");
  EXPECT_EQ(json["trace"]["argv"][1], "--headless");
  EXPECT_EQ(json["trace"]["started_at"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(json["trace"]["duration_ms"], 1511.0);
  EXPECT_EQ(json["trace"]["complete"], true);
  EXPECT_EQ(json["trace"]["end"], "exit");
  EXPECT_EQ(json["tasks"]["pending"], 27);
  const ordered_json& finding = json["findings"][0];
  EXPECT_EQ(finding["detector"], "leaked-task");
  EXPECT_EQ(finding["severity"], "warning");
  EXPECT_EQ(finding["site"]["function"], "luv_timer_start");
  EXPECT_EQ(finding["site"]["file"], "./src/timer.c");
  EXPECT_EQ(finding["site"]["line"], 83);
  ASSERT_EQ(finding["site"]["chain"].size(), 5u);
  EXPECT_EQ(finding["site"]["chain"][4]["function"], "main");
  EXPECT_EQ(finding["evidence"]["pending"]["value"], 23.0);
  EXPECT_EQ(finding["evidence"]["pending"]["unit"], "tasks");
  EXPECT_EQ(finding["count"], 23);
  EXPECT_EQ(finding["tasks"][0]["finished_ms"], nullptr);
  EXPECT_EQ(finding["tasks"][0]["parents"][0]["id"], 1);
  EXPECT_EQ(json["verdict"]["status"], "warning");
}

TEST(JsonReport, SaysWhatTasksTransferredWhereThatIsKnown) {
  using testing::created_at;
  Judged judged(testing::a_trace()
                    .with_site("read")
                    .with_task(created_at(1).transferred(4'711))
                    .with_task(created_at(2).transferred(0))
                    .with_task(created_at(3))
                    .with_site("timer")
                    .with_task(created_at(4))
                    .build());
  detect::Finding& finding = judged.findings.emplace_back();
  finding.tasks = {0, 1, 2};
  const ordered_json json = ordered_json::parse(json_report(judged.contents()));
  ASSERT_EQ(json["sites"].size(), 2u);
  EXPECT_EQ(json["sites"][0]["with_bytes"], 2);
  EXPECT_EQ(json["sites"][0]["bytes"], 4'711);
  EXPECT_EQ(json["sites"][1]["with_bytes"], 0);
  EXPECT_EQ(json["sites"][1]["bytes"], nullptr);
  const ordered_json& tasks = json["findings"].back()["tasks"];
  EXPECT_EQ(tasks[0]["bytes"], 4'711);
  EXPECT_EQ(tasks[1]["bytes"], 0);
  EXPECT_EQ(tasks[2]["bytes"], nullptr);
}

TEST(JsonReport, SaysOfAStallWhatTheWatchdogSawAndWhoWaited) {
  const ordered_json json = report_of(a_server_that_blocks());
  EXPECT_EQ(json["stalls_total"], 3);
  EXPECT_EQ(json["stalls_ms"], 307.0 + 101.0 + 53.0);
  ASSERT_EQ(json["stalls"].size(), 3u);
  const ordered_json& worst = json["stalls"][0];
  EXPECT_EQ(worst["start_ms"], 1009.0);
  EXPECT_EQ(worst["duration_ms"], 307.0);
  EXPECT_EQ(worst["cause"], "system call");
  EXPECT_EQ(worst["system_call"], "fsync");
  EXPECT_EQ(worst["thread"], "net-io");
  EXPECT_EQ(worst["task"], 2);
  EXPECT_EQ(worst["samples"], 2);
  EXPECT_EQ(worst["suppressed"], 5);
  EXPECT_EQ(worst["cpu_ms"], 7.0);
  EXPECT_EQ(worst["run_queue_wait_ms"], 3.0);
  EXPECT_EQ(worst["is_tick"], false);
  EXPECT_EQ(worst["waited"]["tasks"], 2);
  EXPECT_EQ(worst["waited"]["total_ms"], 401.0);
  ASSERT_EQ(worst["frames"].size(), 3u) << "the sample with most weight, not the first";
  EXPECT_EQ(worst["frames"][1]["function"], "Store::save()");
  EXPECT_EQ(worst["frames"][1]["line"], 71);
  const ordered_json& unseen = json["stalls"][1];
  EXPECT_EQ(unseen["is_tick"], true);
  EXPECT_EQ(unseen["ended"], false);
  EXPECT_EQ(unseen["cpu_ms"], nullptr);
  EXPECT_EQ(unseen["run_queue_wait_ms"], nullptr);
  EXPECT_EQ(unseen["system_call"], nullptr);
  EXPECT_EQ(json["stalls"][2]["system_call"], nullptr) << "it was running";
  EXPECT_EQ(unseen["frames"], ordered_json::array());
}

TEST(JsonReport, HasIntervalsMembersAndContextsOfAFinding) {
  const ordered_json json = ordered_json::parse(json_report(everything_at_once().contents()));
  ordered_json finding;
  for (const ordered_json& one : json["findings"]) {
    if (one["detector"] == "orphaned-siblings") finding = one;
  }
  EXPECT_EQ(finding["evidence"]["share_of_loop"],
            ordered_json::parse("{\"value\": 37.04, \"unit\": \"%\", \"low\": 29.2, \"high\": 45.6}"));
  EXPECT_EQ(finding["evidence"]["blocked_total"]["low"], nullptr) << "it was counted";
  EXPECT_EQ(finding["evidence"]["not_finite"]["value"], 0.0);
  EXPECT_EQ(finding["lines"][0]["high"], 45.6);
  EXPECT_EQ(finding["lines"][1]["high"], nullptr);
  ASSERT_EQ(finding["members"].size(), 3u);
  EXPECT_EQ(
      finding["members"][1],
      ordered_json::parse("{\"id\": 2, \"kind\": \"uv_timer\", \"place\": \"start_saving (main.cpp:23)\", "
                          "\"fate\": \"ran on\", \"at_ms\": 103.0, \"lasted_ms\": 997.0 }"));
  EXPECT_EQ(finding["members"][2]["id"], 0) << "a task that the trace does not know";
  EXPECT_EQ(finding["contexts"][0],
            ordered_json::parse(
                "{\"key\": \"request\", \"value\": \"GET /items?id=42\", \"tasks\": 23, \"ms\": 1009.0}"));
  EXPECT_EQ(finding["price_s"], 0.401);
  EXPECT_EQ(finding["candidate"], true);
}

TEST(JsonReport, GivesEveryKeyOfAnEmptyTraceToo) {
  const ordered_json json = report_of(nothing_at_all());
  EXPECT_EQ(json["loops"], ordered_json::array());
  EXPECT_EQ(json["sites"], ordered_json::array());
  EXPECT_EQ(json["stalls"], ordered_json::array());
  EXPECT_EQ(json["findings"], ordered_json::array());
  EXPECT_EQ(json["verdict"]["status"], "healthy");
}

TEST(JsonReport, IsAnObjectForOneTraceAndAnArrayForMore) {
  const Judged a(a_healthy_server());
  const Judged b(nothing_at_all());
  EXPECT_TRUE(ordered_json::parse(json_report(a.contents())).is_object());
  const std::vector<std::string> two{json_report(a.contents()), json_report(b.contents())};
  const ordered_json both = ordered_json::parse(json_array(two));
  ASSERT_TRUE(both.is_array());
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0]["trace"]["program"], "named");
  EXPECT_EQ(ordered_json::parse(json_array({})), ordered_json::array());
}

TEST(JsonReport, SurvivesNamesThatAreNoUtf8) {
  const ordered_json json = report_of(a_hostile_trace());
  EXPECT_THAT(json["sites"][0]["file"].get<std::string>(), ::testing::HasSubstr("\xef\xbf\xbd"));
}

}  // namespace
}  // namespace loopscope::report
