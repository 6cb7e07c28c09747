// Questions about single requests: what the text says, that it fits, and the names in the JSON.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/trace_builder.h"
#include "tests/viewer/report/sample_traces.h"
#include "viewer/report/asked_text.h"
#include "viewer/report/columns.h"
#include "viewer/report/json_report.h"

namespace loopscope::report {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using loopscope::testing::sampled_at;
using loopscope::testing::stalled_at;
using loopscope::testing::TraceBuilder;
using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Time ms(Time count) { return count * kMillisecond; }

// Three reports that wait 101 ms for a timer, of which an export holds up the second; a fourth that is pending.
model::Trace a_shop() {
  TraceBuilder builder = a_trace().lasting(ms(2'003)).with_loop();
  const auto report_task = [&builder](const testing::TaskSpec& task) {
    builder.with_site("request", "/src/shop/report.cpp", 12, 0, "Reports::make").with_task(task);
    return builder.last_task();
  };
  for (Time i = 0; i < 3; ++i) {
    const Time at = ms(500 * i + 10);
    const Nanos late = i == 1 ? ms(23) : 0;
    const std::uint64_t report =
        report_task(created_at(at).ran(at, ms(1)).transferred(4'711).finished_at(at + ms(107) + late));
    builder.with_site("uv_timer", "/src/shop/database.cpp", 71, 0, "Database::ask")
        .with_task(created_at(at + ms(1) / 2)
                       .child_of(report)
                       .ready_at(at + ms(102))
                       .ran(at + ms(102) + late, ms(7))
                       .finished_at(at + ms(109) + late));
    builder.with_label(report, "route", "/report").with_label(report, "id", std::to_string(i));
    if (i != 1) continue;
    builder.with_site("request", "/src/shop/export.cpp", 23, 0, "Exports::write")
        .with_task(created_at(at + ms(93)).ran(at + ms(94), ms(31)).finished_at(at + ms(125)));
    const std::uint64_t heavy = builder.last_task();
    builder.with_label(heavy, "route", "/export");
    builder.with_stall(stalled_at(at + ms(94), ms(31))
                           .by_task(heavy)
                           .sampled(sampled_at(at + ms(99)).in("compress", "/src/shop/zip.cpp", 5)));
    builder.with_waited(report + 1, heavy, at + ms(102), ms(23));
  }
  builder.with_label(report_task(created_at(ms(1'900)).ran(ms(1'900), ms(3))), "route", "/report");
  return builder.build();
}

std::string text_of(const model::Trace& trace, const Asked& asked) {
  const Judged judged{trace};
  Contents contents = judged.contents();
  contents.asked = &asked;
  return asked_text(contents, {});
}

void expect_golden(const std::string& text, const std::string& name) {
  const std::string path = std::string(LOOPSCOPE_GOLDEN_DIR) + "/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  ASSERT_TRUE(file) << path << " is missing: run with UPDATE_GOLDEN=1";
  std::stringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str()) << "if this is meant, run with UPDATE_GOLDEN=1 and review " << path;
}

TEST(AskedText, ShowsWhatRequestsCostByLabel) {
  const model::Trace trace = a_shop();
  Asked asked;
  asked.by = detect::context_costs(trace, "route");
  expect_golden(text_of(trace, asked), "by_route.txt");
}

TEST(AskedText, ShowsWhereTheTimeOfRequestsWent) {
  const model::Trace trace = a_shop();
  Asked asked;
  asked.context = detect::request_paths(trace, "route", "/report");
  expect_golden(text_of(trace, asked), "path_of_reports.txt");
}

TEST(AskedText, ShowsWhereTheTimeOfOneTaskWent) {
  const model::Trace trace = a_shop();
  Asked asked;
  asked.task = detect::task_paths(trace, trace.tasks.find(3));
  expect_golden(text_of(trace, asked), "path_of_a_task.txt");
}

TEST(AskedText, FitsEightyColumnsWhateverTheNamesAre) {
  const std::string long_name(300, 'x');
  const std::string evil = "\033[31m\xff\xe2\x80\xae" + long_name;
  TraceBuilder builder = a_trace().with_loop();
  builder.with_site(evil, "/" + evil, 4711, 0, evil);
  for (int i = 0; i < 101; ++i) {
    const Time at = ms(10 * i);
    builder.with_task(created_at(at).ready_at(at + ms(1)).ran(at + ms(2), ms(i % 7)).finished_at(at + ms(9)));
    builder.with_label(builder.last_task(), evil, evil + std::to_string(i % 29));
    if (i > 0) builder.with_await(1, builder.last_task(), at, at + ms(9));
  }
  const model::Trace trace = builder.build();
  Asked asked;
  asked.by = detect::context_costs(trace, evil);
  asked.task = detect::task_paths(trace, 0);
  asked.context = detect::request_paths(trace, evil, evil + "3");
  std::istringstream text(text_of(trace, asked));
  for (std::string line; std::getline(text, line);) {
    EXPECT_LE(columns_of(line), 80u) << line;
    EXPECT_EQ(line, safe_text(line)) << "a control character would reach the terminal";
  }
}

std::vector<std::string> names_of(const ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(AskedJson, HasNamesThatAreAContract) {
  const Judged judged{a_shop()};
  Contents contents = judged.contents();
  EXPECT_FALSE(ordered_json::parse(json_report(contents)).contains("by"));
  Asked asked;
  asked.by = detect::context_costs(judged.trace, "route");
  asked.task = detect::task_paths(judged.trace, judged.trace.tasks.find(3));
  asked.context = detect::request_paths(judged.trace, "route", "/report");
  contents.asked = &asked;
  const ordered_json json = ordered_json::parse(json_report(contents));
  EXPECT_THAT(names_of(json["by"]), ElementsAre("key", "values", "rows"));
  EXPECT_THAT(names_of(json["by"]["rows"][0]),
              ElementsAre("value", "requests", "unfinished", "failed", "tasks", "latency_ms", "total_ms",
                          "blocked_ms", "held_up_ms", "waits"));
  EXPECT_THAT(names_of(json["by"]["rows"][0]["waits"][0]), ElementsAre("kind", "waits", "total_ms"));
  EXPECT_THAT(names_of(json["context_path"]),
              ElementsAre("key", "value", "requests", "finished", "summed", "latency_ms", "spent_ms",
                          "places", "usual", "slowest"));
  EXPECT_EQ(names_of(json["task_path"]), names_of(json["context_path"]));
  EXPECT_TRUE(json["task_path"]["usual"].is_null()) << "there is just one";
  EXPECT_THAT(names_of(json["context_path"]["spent_ms"]),
              ElementsAre("running", "queued", "held_up", "waiting", "unknown"));
  EXPECT_THAT(names_of(json["context_path"]["places"][0]),
              ElementsAre("spent", "waits_for", "total_ms", "requests", "function", "file", "line"));
  const ordered_json& slowest = json["context_path"]["slowest"];
  EXPECT_THAT(names_of(slowest),
              ElementsAre("id", "kind", "function", "file", "line", "bytes", "start_ms", "latency_ms",
                          "finished", "failed", "ended_by", "spent_ms", "cut", "segments"));
  EXPECT_EQ(slowest["bytes"], 4'711);
  EXPECT_THAT(names_of(slowest["segments"][0]),
              ElementsAre("start_ms", "duration_ms", "spent", "waits_for", "task", "depth", "function",
                          "file", "line", "stall_ms", "held_up_by"));
  double sum = 0;
  for (const ordered_json& segment : slowest["segments"]) sum += segment["duration_ms"].get<double>();
  EXPECT_NEAR(sum, slowest["latency_ms"].get<double>(), 1e-6);
  EXPECT_DOUBLE_EQ(slowest["latency_ms"].get<double>(), 130);
}

}  // namespace
}  // namespace loopscope::report
