// The service of the samples: its mistakes are found at their lines, and its twin has none.
#include "tests/e2e/coroutines/report.h"

namespace {

int line_of(const std::string& words) { return line_ending_in(SERVICE_SOURCE, words); }

TEST(CoroutineSamples, WaitsThatNobodyEndsAreFoundWhereTheyBegan) {
  const Analysed service = analysed(FORGETFUL_SERVICE);
  ASSERT_EQ(service.outcome.exit_code, 0);
  const auto& chains = service.json["pending_awaits"];
  ASSERT_GE(chains.size(), 1u);
  const auto& chain = chains[0]["chain"];
  ASSERT_EQ(chain.size(), 3u);
  EXPECT_EQ(chain[0]["line"], line_of("the order waits"));
  EXPECT_EQ(chain[1]["line"], line_of("one by one"));
  EXPECT_EQ(chain[2]["line"], line_of("the forgotten wait"));
  for (const auto& step : chain) {
    EXPECT_TRUE(step["file"].get<std::string>().ends_with("samples/coroutines/forgetful_service.cpp"));
  }
  EXPECT_NE(chains[0]["waits_for"].get<std::string>().find("Backend::price_of"), std::string::npos);

  // Who waits for the one that waits is not to blame.
  const auto* leak = finding_of(service.json, "leaked-task", "Service::price");
  ASSERT_NE(leak, nullptr) << service.text;
  EXPECT_EQ((*leak)["severity"], "warning");
  EXPECT_EQ((*leak)["evidence"]["wait_for_them"]["value"], 2 * (*leak)["count"].get<int>());
  EXPECT_EQ(finding_of(service.json, "leaked-task", "Service::answer"), nullptr);
  EXPECT_EQ(finding_of(service.json, "leaked-task", "Service::sum_of"), nullptr);
  EXPECT_NE(service.text.find("for Backend::price_of"), std::string::npos) << service.text;
}

TEST(CoroutineSamples, CoroutinesThatNobodyAwaitsNeverStarted) {
  const Analysed service = analysed(FORGETFUL_SERVICE);
  const auto* unstarted = finding_of(service.json, "never-started", "Service::log");
  ASSERT_NE(unstarted, nullptr) << service.text;
  EXPECT_EQ((*unstarted)["severity"], "warning");
  EXPECT_EQ((*unstarted)["site"]["line"], line_of("the log"));
  const std::string answered = service.outcome.output;
  EXPECT_EQ((*unstarted)["count"], std::stoi(answered));
}

TEST(CoroutineSamples, TheTwinIsHealthy) {
  const Analysed service = analysed(HEALTHY_SERVICE);
  EXPECT_EQ(service.outcome.output, "199 orders answered, 199 logged\n");
  EXPECT_EQ(service.json["verdict"]["status"], "healthy") << service.text;
  EXPECT_EQ(service.json["pending_awaits"].size(), 0u);
  EXPECT_EQ(service.json["tasks"]["pending"], 0);
}

TEST(CoroutineSamples, DoTheSameUnrecorded) {
  const Scratch scratch;
  EXPECT_EQ(run({HEALTHY_SERVICE}, scratch.path()).output, "199 orders answered, 199 logged\n");
}

const std::string kProve = "LOOPSCOPE_PROVE_LEAKS_MS=20000";

// All of a chain is lost with its last one; who would have come next had not even begun.
TEST(CoroutineSamples, WaitsThatNobodyCanEndAreProvenSo) {
  const Analysed service = analysed(FORGETFUL_SERVICE, kProve);
  ASSERT_EQ(service.outcome.exit_code, 0) << service.outcome.errors;
  ASSERT_EQ(service.json["reachability"].size(), 1u) << service.text;
  const auto& check = service.json["reachability"][0];
  EXPECT_EQ(check["trouble"], "");
  EXPECT_EQ(check["at_exit"], true);
  EXPECT_EQ(check["suspended"], service.json["tasks"]["pending"]);

  const auto* lost = finding_of(service.json, "leaked-task", "Service::price");
  ASSERT_NE(lost, nullptr) << service.text;
  EXPECT_EQ((*lost)["site"]["line"], line_of("the forgotten wait") - 1);
  const int proven = (*lost)["evidence"]["never_resumable"]["value"].get<int>();
  // A word that is left somewhere by chance may speak for one.
  EXPECT_GT(proven, 50);
  EXPECT_NE((*lost)["title"].get<std::string>().find("can never be resumed: nothing refers to them"),
            std::string::npos);
  EXPECT_EQ((*lost)["evidence"]["wait_for_them"]["value"], 2 * proven);
  for (const auto& task : (*lost)["tasks"]) EXPECT_EQ(task["never_resumable"], true);
  EXPECT_NE(service.text.find("can never be resumed"), std::string::npos) << service.text;
}

TEST(CoroutineSamples, NothingIsLostInTheTwin) {
  const Analysed service = analysed(HEALTHY_SERVICE, kProve);
  EXPECT_EQ(service.outcome.output, "199 orders answered, 199 logged\n");
  EXPECT_EQ(service.json["verdict"]["status"], "healthy") << service.text;
  ASSERT_EQ(service.json["reachability"].size(), 1u);
  EXPECT_EQ(service.json["reachability"][0]["never_resumable"], 0);
  EXPECT_EQ(service.json["tasks"]["never_resumable"], 0);
}

}  // namespace
