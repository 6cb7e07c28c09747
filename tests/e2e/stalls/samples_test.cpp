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

// The stalls at a line.
struct AtTheLine {
  int stalls = 0;
  double total_ms = 0;
  double worst_ms = 0;
};

AtTheLine at_line(const json& report, const std::string& source, int line) {
  AtTheLine all;
  for (const json& stall : report.at("stalls")) {
    const json* frame = own_frame(stall, source);
    if (frame == nullptr || frame->at("line") != line) continue;
    const double duration_ms = stall.at("duration_ms");
    all.stalls += 1;
    all.total_ms += duration_ms;
    all.worst_ms = std::max(all.worst_ms, duration_ms);
  }
  return all;
}

TEST_P(BlockingSample, HasAStallForEachBlockWithTheLineInItsStack) {
  const int line = planted_line(source());
  ASSERT_GT(line, 0);
  Recorded recorded;
  AtTheLine found;
  // The truth is of a line and the stall of the callback around it: on a busy machine a processor may be lost between.
  for (int attempt = 0; attempt < 3; ++attempt) {
    recorded = record("blocking_" + std::string(GetParam()));
    found = at_line(recorded.report, source(), line);
    ASSERT_EQ(found.stalls, recorded.truth.at("blocks"));
    if (is_about(found.worst_ms, recorded.truth.at("worst_ms")) &&
        is_about(found.total_ms, recorded.truth.at("total_ms"))) {
      break;
    }
  }
  expect_about(found.total_ms, recorded.truth.at("total_ms"));
  expect_about(found.worst_ms, recorded.truth.at("worst_ms"));
}

TEST_P(BlockingSample, IsFoundAtItsLine) {
  Recorded recorded;
  json top;
  double total_ms = 0;
  double worst_ms = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    recorded = record("blocking_" + std::string(GetParam()));
    ASSERT_FALSE(recorded.report.at("findings").empty());
    top = recorded.report.at("findings").front();
    ASSERT_TRUE(top.at("detector") == "blocking-span" || top.at("detector") == "blocking-call")
        << top.at("title");
    total_ms = top.at("evidence").at("blocked_total").at("value");
    worst_ms = top.at("evidence").at("worst").at("value");
    if (is_about(worst_ms, recorded.truth.at("worst_ms")) &&
        is_about(total_ms, recorded.truth.at("total_ms"))) {
      break;
    }
  }
  EXPECT_EQ(top.at("site").at("file"), source());
  EXPECT_EQ(top.at("site").at("line"), planted_line(source()));
  expect_about(total_ms, recorded.truth.at("total_ms"));
  expect_about(worst_ms, recorded.truth.at("worst_ms"));
}

class HealthySample : public testing::TestWithParam<const char*> {};

TEST_P(HealthySample, IsHealthyUnlessTheMachineIsNot) {
  const json report = record("healthy_" + std::string(GetParam())).report;
  bool machine_is_busy = false;
  for (const json& finding : report.at("findings")) {
    EXPECT_NE(finding.at("detector"), "blocking-span") << finding.at("title");
    EXPECT_NE(finding.at("detector"), "blocking-call") << finding.at("title");
    machine_is_busy |= finding.at("detector") == "busy-machine";
  }
  if (machine_is_busy) return;
  EXPECT_EQ(report.at("verdict").at("status"), "healthy") << report.at("verdict").at("headline");
}

const auto kPhenomena = testing::Values("fsync", "lock", "parse", "sleep", "spin");
std::string phenomenon(const testing::TestParamInfo<const char*>& test) { return test.param; }
INSTANTIATE_TEST_SUITE_P(Of, BlockingSample, kPhenomena, phenomenon);
INSTANTIATE_TEST_SUITE_P(Of, HealthySample, kPhenomena, phenomenon);

}  // namespace
