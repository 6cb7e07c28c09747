#include "tests/e2e/libevent/planted.h"

#include <gtest/gtest.h>

#include "tests/e2e/stalls/report.h"

namespace {

// Of the task with that number.
std::string kind_of(uint64_t id, const std::string& trace_path) {
  const auto trace = complete_trace(trace_path);
  for (std::size_t i = 0; i < trace.tasks.size(); ++i) {
    const auto task = static_cast<loopscope::model::TaskIndex>(i);
    if (trace.tasks.id(task) == id) return trace.sites[trace.tasks.site(task)].kind;
  }
  return {};
}

// The first one of what blocks a loop. Who had to wait for it may stand before it, where there are timers.
const nlohmann::json* blocking_finding(const nlohmann::json& report) {
  for (const nlohmann::json& finding : report.at("findings")) {
    if (finding.at("detector") == "blocking-span" || finding.at("detector") == "blocking-call")
      return &finding;
  }
  return nullptr;
}

}  // namespace

void expect_sleep_in(const std::string& trace_path, int sleep_ms, const std::string& function,
                     const std::string& program, const std::string& kind) {
  const nlohmann::json report = report_on(trace_path);
  ASSERT_TRUE(report.contains("stalls"));
  ASSERT_FALSE(report.at("stalls").empty());
  const nlohmann::json& stall = report.at("stalls").front();
  expect_about(stall.at("duration_ms"), sleep_ms);
  EXPECT_TRUE(goes_through(stall, function)) << stall.dump(1);
  EXPECT_TRUE(goes_through(stall, program + "+0x")) << stall.dump(1);
  EXPECT_TRUE(goes_through(stall, "event_base_loop")) << stall.dump(1);
  ASSERT_TRUE(stall.at("task").is_number()) << stall.dump(1);
  EXPECT_EQ(kind_of(stall.at("task"), trace_path), kind);
  const nlohmann::json* finding = blocking_finding(report);
  ASSERT_NE(finding, nullptr) << report.at("findings").dump(1);
  EXPECT_EQ(finding->at("severity"), "critical");
  EXPECT_TRUE(finding->at("site").at("function").get<std::string>().starts_with(program + "+0x"))
      << finding->dump(1);
  expect_about(finding->at("evidence").at("worst").at("value"), sleep_ms);
}
