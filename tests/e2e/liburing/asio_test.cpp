// Asio may wait with a ring, through liburing. What it tells of its operations itself is not told a second time.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/e2e/libuv/program.h"
#include "tests/e2e/stalls/report.h"

namespace {

using nlohmann::json;

// How many tasks of each kind; empty where the kernel has no ring for Asio.
std::map<std::string, int> kinds_in(const std::string& host, std::string& loop) {
  const Scratch scratch;
  const Outcome plain = run({host}, scratch.path());
  if (plain.exit_code != 0) return {};
  EXPECT_EQ(plain.output, "23 answers\n");
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, {host}), scratch.path());
  EXPECT_EQ(outcome.output, plain.output);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const json report = report_on(trace);
  loop = report.at("loops").front().at("kind");
  std::map<std::string, int> kinds;
  for (const json& kind : report.at("tasks").at("by_kind")) kinds[kind.at("kind")] = kind.at("created");
  return kinds;
}

TEST(UringOfAsio, ThatIsTrackedHasAsiosTasksOnly) {
  std::string loop;
  const auto kinds = kinds_in(ASIO_TRACKED_HOST, loop);
  if (kinds.empty()) GTEST_SKIP() << "the kernel has no io_uring for us";
  EXPECT_EQ(loop, "asio");
  EXPECT_EQ(kinds.at("socket.async_send"), 46);
  for (const auto& [kind, count] : kinds) EXPECT_FALSE(kind.starts_with("io_uring")) << count << ' ' << kind;
}

TEST(UringOfAsio, ThatIsNotTrackedHasTheRingsTasks) {
  std::string loop;
  const auto kinds = kinds_in(ASIO_PLAIN_HOST, loop);
  if (kinds.empty()) GTEST_SKIP() << "the kernel has no io_uring for us";
  EXPECT_EQ(loop, "io_uring");
  EXPECT_EQ(kinds.at("io_uring_sendmsg"), 46);
}

}  // namespace
