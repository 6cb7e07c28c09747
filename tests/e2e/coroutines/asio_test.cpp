// Coroutines of Asio: what waits is told to its line, and by the name of the operation; what fails unseen is found.
#include <filesystem>
#include <map>
#include <sstream>
#include <vector>

#include "tests/e2e/coroutines/report.h"

namespace {

std::vector<std::string> listed(const char* hosts) {
  std::vector<std::string> all;
  std::istringstream text(hosts);
  for (std::string host; std::getline(text, host, ',');) all.push_back(host);
  return all;
}

int line_of(const std::string& host, const std::string& words) {
  return line_ending_in(std::string(ASIO_HOSTS_SOURCE "/") + host + ".cpp", words);
}

const auto kFlavour = [](const auto& host) { return std::filesystem::path(host.param).filename().string(); };
class EveryAsio : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Asio, EveryAsio, testing::ValuesIn(listed(ASIO_WAITING)), kFlavour);
class EveryFailingAsio : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Asio, EveryFailingAsio, testing::ValuesIn(listed(ASIO_FAILING)), kFlavour);

TEST_P(EveryAsio, WaitsAreToldToTheLineAndTheOperation) {
  const Analysed host = analysed(GetParam());
  EXPECT_EQ(host.outcome.output, "276\n");
  std::map<std::string, nlohmann::json> by_operation;
  for (const auto& chain : host.json["pending_awaits"]) by_operation[chain["waits_for"]] = chain;
  ASSERT_TRUE(by_operation.contains("async_wait")) << host.text;
  const auto& timer = by_operation["async_wait"];
  EXPECT_EQ(timer["count"], 5);
  ASSERT_EQ(timer["chain"].size(), 3u) << host.text;
  EXPECT_EQ(timer["chain"][0]["line"], line_of("waiting", "outermost waits"));
  EXPECT_EQ(timer["chain"][1]["line"], line_of("waiting", "middle waits"));
  EXPECT_EQ(timer["chain"][2]["line"], line_of("waiting", "innermost waits"));
  ASSERT_TRUE(by_operation.contains("async_read")) << host.text;
  const auto& reader = by_operation["async_read"];
  ASSERT_EQ(reader["chain"].size(), 1u);
  EXPECT_EQ(reader["chain"][0]["line"], line_of("waiting", "reader waits"));
}

// Between an operation and who waits for it Asio has a coroutine of its own that is destroyed before its end.
TEST_P(EveryAsio, ItsOwnCoroutinesAreNoFindings) {
  const Analysed host = analysed(GetParam());
  EXPECT_EQ(host.json["tasks"]["abandoned"], 0);
  for (const auto& finding : host.json["findings"]) {
    EXPECT_EQ(finding["site"]["file"].get<std::string>().find("/asio/"), std::string::npos) << host.text;
  }
}

// co_spawn awaits what it is given, for a handler that looks at the exception or for one that drops it: of an earlier Asio.
// That of a later one is not recorded, and then nothing is certain.
TEST_P(EveryFailingAsio, OnlyWhatIsDroppedIsAFinding) {
  const Analysed host = analysed(GetParam());
  const bool knows_spawning = host.outcome.output == "8 recorded\n";
  EXPECT_TRUE(knows_spawning || host.outcome.output == "8 unrecorded\n") << host.outcome.output;
  int found = 0;
  for (const auto& finding : host.json["findings"]) found += finding["detector"] == "unhandled-failure";
  EXPECT_EQ(found, knows_spawning ? 1 : 2) << host.text;
  EXPECT_EQ(finding_of(host.json, "unhandled-failure", "awaited"), nullptr) << host.text;
  const auto* const dropped = finding_of(host.json, "unhandled-failure", "dropped");
  ASSERT_NE(dropped, nullptr) << host.text;
  EXPECT_EQ((*dropped)["severity"], knows_spawning ? "warning" : "info");
  EXPECT_EQ((*dropped)["count"], 7);
  EXPECT_EQ((*dropped)["site"]["line"], line_of("failing", "dropped"));
  EXPECT_NE((*dropped)["title"].get<std::string>().find("std::runtime_error"), std::string::npos);
  if (knows_spawning) {
    EXPECT_EQ((*dropped)["evidence"]["thrown_away"]["value"], 7);
  } else {
    const auto* const told = finding_of(host.json, "unhandled-failure", "told");
    ASSERT_NE(told, nullptr) << host.text;
    EXPECT_EQ((*told)["severity"], "info");
  }
}

class EveryLosingAsio : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Asio, EveryLosingAsio, testing::ValuesIn(listed(ASIO_LOSING)), kFlavour);

// Below `record`, which proves it whatever way the program takes out, and leaves its end as it is.
TEST_P(EveryLosingAsio, LosesCoroutinesWithTheHandlerThatLedToThem) {
  const Analysed host = analysed_of([](const std::string& trace) {
    return Command{LOOPSCOPE_COMMAND, "record", "--prove-leaks=20000", "-o", trace, "--", GetParam()};
  });
  EXPECT_EQ(host.outcome.exit_code, 29);
  EXPECT_EQ(host.outcome.output, "12 wait\n");
  ASSERT_EQ(host.json["reachability"].size(), 1u) << host.text;
  const auto& check = host.json["reachability"][0];
  EXPECT_EQ(check["trouble"], "");
  EXPECT_EQ(check["suspended"], 2 * 7 + 5);
  EXPECT_EQ(check["never_resumable"], 2 * 7) << host.text;
  int proven = 0;
  for (const auto& finding : host.json["findings"]) {
    EXPECT_NE(finding["detector"], "blocking-call") << "waiting for the answer is not the program's doing";
    if (!finding["evidence"].contains("never_resumable")) continue;
    ++proven;
    EXPECT_EQ(finding["count"], 7);
    EXPECT_EQ(finding["evidence"]["wait_for_them"]["value"], 7);
    EXPECT_EQ(finding["tasks"][0]["awaits"].back()["line"], line_of("losing", "lost waits"));
  }
  EXPECT_EQ(proven, 1) << host.text;
}

}  // namespace
