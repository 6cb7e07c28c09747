// A program of Asio's, whose code is its own: its loop is called by what runs it.
#include <gtest/gtest.h>

#include "tests/e2e/stalls/report.h"

namespace {

TEST(AsioSample, HasALoopOfAsios) {
  const Scratch scratch;
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, {SAMPLES "healthy_sessions", "23"}), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const nlohmann::json report = report_on(trace);
  ASSERT_GE(report.at("loops").size(), 1u);
  for (const nlohmann::json& loop : report.at("loops")) EXPECT_EQ(loop.at("kind"), "asio") << loop.dump(1);
}

}  // namespace
