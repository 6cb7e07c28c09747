// The samples, at a size that takes a moment; and what is said of the sick one.
#include <gtest/gtest.h>

#include "tests/agent/recorded.h"
#include "tests/e2e/libuv/program.h"
#include "tests/e2e/stalls/report.h"

namespace {

// Of that many requests.
void record(const std::string& sample, const std::string& requests, const std::string& trace,
            const Scratch& scratch) {
  const Outcome outcome = run(recorded(trace, {sample, requests}), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, requests + " requests answered\n");
}

const nlohmann::json* leak_in(const nlohmann::json& report) {
  for (const nlohmann::json& finding : report.at("findings")) {
    if (finding.at("detector") == "leaked-task") return &finding;
  }
  return nullptr;
}

TEST(LibeventSamples, LeakyHttpLeavesOneTimerInElevenPendingAndIsToldWhere) {
  const Scratch scratch;
  const std::string trace = scratch.file("trace.pb");
  record(LEAKY_HTTP, "1009", trace, scratch);
  EXPECT_EQ(tasks_of(complete_trace(trace), "evtimer").pending, 1009u / 11);
  const nlohmann::json report = report_on(trace);
  const nlohmann::json* leak = leak_in(report);
  ASSERT_NE(leak, nullptr) << report.at("findings").dump(1);
  EXPECT_TRUE(leak->at("site").at("function").get<std::string>().ends_with("start_timeout"));
  EXPECT_TRUE(leak->at("site").at("file").get<std::string>().ends_with("samples/libevent/leaky_http.cpp"));
}

TEST(LibeventSamples, HealthyHttpLeavesNoTimerPending) {
  const Scratch scratch;
  const std::string trace = scratch.file("trace.pb");
  record(HEALTHY_HTTP, "1009", trace, scratch);
  EXPECT_EQ(tasks_of(complete_trace(trace), "evtimer").pending, 0u);
  const nlohmann::json report = report_on(trace);
  EXPECT_EQ(leak_in(report), nullptr) << report.at("findings").dump(1);
}

}  // namespace
