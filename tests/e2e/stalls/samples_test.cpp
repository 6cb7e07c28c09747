// The samples that block their loop, held against what they measured themselves; and their healthy twins.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/e2e/stalls/report.h"

namespace {

using nlohmann::json;

struct Recorded {
  json truth;
  json report;
};

Recorded record(const std::string& sample) {
  const Scratch scratch;
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, {SAMPLES + sample, "--truth"}), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return {json::parse(outcome.output), report_on(trace)};
}

class BlockingSample : public testing::TestWithParam<const char*> {
 protected:
  static std::string source() { return SAMPLE_SOURCES "blocking_" + std::string(GetParam()) + ".cpp"; }
};

// The innermost frame of the sample's own file: below it are libraries, above it is nobody's business.
const json* own_frame(const json& stall, const std::string& source) {
  for (const json& frame : stall.at("frames")) {
    if (frame.at("file") == source) return &frame;
  }
  return nullptr;
}

TEST_P(BlockingSample, HasAStallForEachBlockWithTheLineInItsStack) {
  const Recorded recorded = record("blocking_" + std::string(GetParam()));
  const int line = planted_line(source());
  ASSERT_GT(line, 0);
  int at_the_line = 0;
  double total_ms = 0;
  double worst_ms = 0;
  for (const json& stall : recorded.report.at("stalls")) {
    const json* frame = own_frame(stall, source());
    if (frame == nullptr || frame->at("line") != line) continue;
    at_the_line += 1;
    total_ms += stall.at("duration_ms").get<double>();
    worst_ms = std::max(worst_ms, stall.at("duration_ms").get<double>());
  }
  EXPECT_EQ(at_the_line, recorded.truth.at("blocks"));
  expect_about(total_ms, recorded.truth.at("total_ms"));
  expect_about(worst_ms, recorded.truth.at("worst_ms"));
}

TEST_P(BlockingSample, IsFoundAtItsLine) {
  const Recorded recorded = record("blocking_" + std::string(GetParam()));
  ASSERT_FALSE(recorded.report.at("findings").empty());
  const json& top = recorded.report.at("findings").front();
  EXPECT_TRUE(top.at("detector") == "blocking-span" || top.at("detector") == "blocking-call")
      << top.at("title");
  EXPECT_EQ(top.at("site").at("file"), source());
  EXPECT_EQ(top.at("site").at("line"), planted_line(source()));
  expect_about(top.at("evidence").at("blocked").at("value"), recorded.truth.at("total_ms"));
  expect_about(top.at("evidence").at("worst").at("value"), recorded.truth.at("worst_ms"));
}

class HealthySample : public testing::TestWithParam<const char*> {};

TEST_P(HealthySample, IsHealthy) {
  const json report = record("healthy_" + std::string(GetParam())).report;
  EXPECT_EQ(report.at("verdict").at("status"), "healthy") << report.at("verdict").at("headline");
  for (const json& finding : report.at("findings")) {
    EXPECT_NE(finding.at("detector"), "blocking-span") << finding.at("title");
    EXPECT_NE(finding.at("detector"), "blocking-call") << finding.at("title");
  }
}

const auto kPhenomena = testing::Values("fsync", "lock", "parse", "sleep", "spin");
std::string phenomenon(const testing::TestParamInfo<const char*>& test) { return test.param; }
INSTANTIATE_TEST_SUITE_P(Of, BlockingSample, kPhenomena, phenomenon);
INSTANTIATE_TEST_SUITE_P(Of, HealthySample, kPhenomena, phenomenon);

}  // namespace
