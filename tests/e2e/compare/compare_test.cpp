// `loopscope compare` on recordings of the samples: as often as they are recorded anew there is no difference, and what was
// planted in one of them is found.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/e2e/libuv/program.h"

namespace {

using nlohmann::json;

constexpr int kPairs = 5;

std::string record(const Scratch& scratch, const std::string& sample, const std::string& name) {
  const std::string trace = scratch.file(name + ".pb");
  const Outcome outcome = run(recorded(trace, {SAMPLES + sample}), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  return trace;
}

Outcome compared(const Scratch& scratch, const std::string& base, const std::string& now,
                 const std::string& fail_on = "worse,new") {
  return run({LOOPSCOPE_COMMAND, "compare", "--fail-on", fail_on, base, now}, scratch.path());
}

class Twice : public testing::TestWithParam<const char*> {};

TEST_P(Twice, OneProgramIsTheSame) {
  const Scratch scratch;
  for (int pair = 0; pair < kPairs; ++pair) {
    const std::string base = record(scratch, GetParam(), "base");
    const std::string now = record(scratch, GetParam(), "now");
    const Outcome outcome = compared(scratch, base, now);
    EXPECT_EQ(outcome.exit_code, 0) << "pair " << pair << ":\n" << outcome.output << outcome.errors;
  }
}

INSTANTIATE_TEST_SUITE_P(Compare, Twice, testing::Values("leaky_requests", "blocking_parse"),
                         [](const auto& sample) { return std::string(sample.param); });

TEST(Compare, FindsAPlantedLeakAndThatItIsGone) {
  const Scratch scratch;
  const std::string healthy = record(scratch, "healthy_requests", "healthy");
  const std::string leaky = record(scratch, "leaky_requests", "leaky");
  const Outcome worse = compared(scratch, healthy, leaky);
  EXPECT_EQ(worse.exit_code, 1) << worse.output;
  EXPECT_NE(worse.output.find("new     warning[leaked-task]"), std::string::npos) << worse.output;
  EXPECT_EQ(compared(scratch, healthy, leaky, "leaked-task").exit_code, 1);
  EXPECT_EQ(compared(scratch, healthy, leaky, "loop-lag").exit_code, 0);
  const Outcome better = compared(scratch, leaky, healthy);
  EXPECT_NE(better.output.find("gone    warning[leaked-task]"), std::string::npos) << better.output;
}

TEST(Compare, FindsAPlantedBlockInSeveralRunsASide) {
  const Scratch scratch;
  std::string base;
  std::string now;
  for (int at = 0; at < 2; ++at) {
    const std::string number = std::to_string(at);
    base += (at == 0 ? "" : ",") + record(scratch, "healthy_parse", "healthy" + number);
    now += (at == 0 ? "" : ",") + record(scratch, "blocking_parse", "blocking" + number);
  }
  const Outcome outcome = compared(scratch, base, now, "blocking-span");
  EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
  EXPECT_NE(outcome.output.find("(2 traces)"), std::string::npos) << outcome.output;
}

}  // namespace
