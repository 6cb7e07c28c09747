// A program of Asio's, whose code is its own: its loop is called by what runs it.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

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

// Each session echoes one line of 6 bytes, and its server reads once more to the end of the stream.
TEST(AsioSample, TransfersTheBytesOfItsLines) {
  const Scratch scratch;
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, {SAMPLES "healthy_sessions", "23"}), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const nlohmann::json report = report_on(trace);
  std::map<std::string, std::uint64_t> bytes, tasks;
  for (const nlohmann::json& site : report.at("sites")) {
    const std::string kind = site.at("kind");
    tasks[kind] += site.at("with_bytes").get<std::uint64_t>();
    if (site.at("bytes").is_number()) bytes[kind] += site.at("bytes").get<std::uint64_t>();
    EXPECT_EQ(site.at("bytes").is_null(), site.at("with_bytes") == 0) << site.dump(1);
  }
  EXPECT_EQ(bytes["socket.async_send"], 2 * 23 * 6u);
  EXPECT_EQ(tasks["socket.async_send"], 2 * 23u);
  EXPECT_EQ(bytes["socket.async_receive"], 2 * 23 * 6u);
  EXPECT_EQ(tasks["socket.async_receive"], 3 * 23u);
  EXPECT_FALSE(bytes.contains("deadline_timer.async_wait"));
}

}  // namespace
