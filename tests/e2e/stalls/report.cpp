#include "tests/e2e/stalls/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

nlohmann::json report_on(const std::string& trace_path) {
  const Scratch scratch;
  const Outcome outcome = run({LOOPSCOPE_COMMAND, "analyze", "--format", "json", trace_path}, scratch.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  nlohmann::json report = nlohmann::json::parse(outcome.output, nullptr, false);
  EXPECT_TRUE(report.is_object()) << outcome.output;
  return report;
}

int planted_line(const std::string& source_path) {
  std::ifstream source(source_path);
  std::string line;
  for (int number = 1; std::getline(source, line); ++number) {
    if (line.ends_with("// the block")) return number;
  }
  return 0;
}

bool goes_through(const nlohmann::json& stall, const std::string& function) {
  const auto& frames = stall.at("frames");
  return std::any_of(frames.begin(), frames.end(), [&](const nlohmann::json& frame) {
    return frame.at("function").get<std::string>().starts_with(function);
  });
}

bool is_about(double measured_ms, double truth_ms) {
  return measured_ms > truth_ms * 0.95 && measured_ms < truth_ms * 1.05;
}

void expect_about(double measured_ms, double truth_ms) {
  EXPECT_TRUE(is_about(measured_ms, truth_ms)) << measured_ms << " ms, but it was " << truth_ms;
}
