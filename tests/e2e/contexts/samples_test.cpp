// The shop of the samples: its slow route is named, and the path of its requests shows both reasons.
#include <string>
#include <vector>

#include "tests/e2e/coroutines/report.h"

namespace {

using nlohmann::json;

constexpr int kRounds = 11;

// Recorded once, then asked.
class Recorded {
 public:
  explicit Recorded(const std::string& program) : trace_(scratch_.file("trace.pb")) {
    outcome_ = run({"/usr/bin/env", "LOOPSCOPE_TRACE=" + trace_, program}, scratch_.path());
    EXPECT_EQ(outcome_.exit_code, 0);
  }

  Outcome analyze(std::vector<std::string> options) const {
    std::vector<std::string> words{LOOPSCOPE_COMMAND, "analyze"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(trace_);
    return run(words, scratch_.path());
  }
  json answer(std::vector<std::string> options) const {
    options.insert(options.begin(), {"--format", "json"});
    const Outcome said = analyze(options);
    EXPECT_EQ(said.exit_code, 0) << said.errors;
    return json::parse(said.output, nullptr, false);
  }
  // By the program's own clock.
  double longest_report_ms() const {
    const std::size_t at = outcome_.output.find("after ");
    return at == std::string::npos ? 0 : std::stod(outcome_.output.substr(at + 6));
  }

 private:
  Scratch scratch_;
  std::string trace_;
  Outcome outcome_;
};

const Recorded& slow_route() {
  static const Recorded recorded(SLOW_ROUTE);
  return recorded;
}

TEST(ContextSamples, TheSlowRouteComesFirst) {
  const json by = slow_route().answer({"--by", "route"})["by"];
  EXPECT_EQ(by["key"], "route");
  ASSERT_EQ(by["rows"].size(), 3u);
  const json& report = by["rows"][0];
  EXPECT_EQ(report["value"], "/report");
  EXPECT_EQ(report["requests"], kRounds);
  EXPECT_EQ(report["unfinished"], 0);
  EXPECT_GE(report["latency_ms"]["p50"], 101);
  const double longest_ms = slow_route().longest_report_ms();
  EXPECT_NEAR(report["latency_ms"]["max"].get<double>(), longest_ms, 0.15 * longest_ms);
  EXPECT_EQ(report["waits"][0]["kind"], "uv_timer");
  EXPECT_GT(report["held_up_ms"], 0);
  EXPECT_EQ(by["rows"][1]["value"], "/export");
  EXPECT_GE(by["rows"][1]["blocked_ms"], 31 * kRounds);
  EXPECT_EQ(by["rows"][2]["value"], "/item");
  EXPECT_EQ(by["rows"][2]["blocked_ms"], 0);

  EXPECT_EQ(slow_route().answer({"--by", "request"})["by"]["values"], 3 * kRounds);
}

TEST(ContextSamples, ThePathShowsTheWaitAndWhoHeldItUp) {
  const json context = slow_route().answer({"--context", "route=/report"})["context_path"];
  EXPECT_EQ(context["requests"], kRounds);
  const json& usual = context["usual"];
  double sum = 0;
  for (const auto& [how, ms] : usual["spent_ms"].items()) sum += ms.get<double>();
  EXPECT_NEAR(sum, usual["latency_ms"].get<double>(), 0.001);
  EXPECT_NEAR(usual["spent_ms"]["waiting"].get<double>(), 101, 0.15 * 101);
  EXPECT_GT(usual["spent_ms"]["held_up"], 1);
  EXPECT_GE(usual["spent_ms"]["running"], 2);
  EXPECT_LT(usual["spent_ms"]["unknown"], 1);
  bool waits = false;
  bool held_up = false;
  for (const json& segment : usual["segments"]) {
    if (segment["spent"] == "waiting" && segment["duration_ms"] > 50) {
      waits = true;
      EXPECT_EQ(segment["waits_for"], "uv_timer");
      EXPECT_EQ(segment["line"], line_ending_in(SHOP_SOURCE, "the request waits"));
    }
    if (segment["spent"] == "held_up" && segment["duration_ms"] > 1) {
      held_up = true;
      EXPECT_EQ(segment["line"], line_ending_in(SHOP_SOURCE, "the route that computes")) << segment.dump(1);
      EXPECT_NE(segment["held_up_by"], 0);
    }
  }
  EXPECT_TRUE(waits);
  EXPECT_TRUE(held_up);
}

TEST(ContextSamples, TheTextShowsThePath) {
  const Outcome text = slow_route().analyze({"--context", "route=/report"});
  EXPECT_NE(text.output.find("held up"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("uv_timer"), std::string::npos) << text.output;
}

TEST(ContextSamples, AskedForWhatThereIsNotSaysWhatThereIs) {
  const Outcome key = slow_route().analyze({"--by", "tenant"});
  EXPECT_EQ(key.exit_code, 2);
  EXPECT_NE(key.errors.find("route"), std::string::npos) << key.errors;
  const Outcome value = slow_route().analyze({"--context", "route=/no"});
  EXPECT_EQ(value.exit_code, 2);
  EXPECT_NE(value.errors.find("/export"), std::string::npos) << value.errors;
  EXPECT_EQ(slow_route().analyze({"--task", "4711000"}).exit_code, 2);
  EXPECT_EQ(slow_route().analyze({"--task", "first"}).exit_code, 2);
}

TEST(ContextSamples, TheTwinIsHealthy) {
  const Recorded healthy(HEALTHY_ROUTE);
  const json all = healthy.answer({"--by", "route"});
  EXPECT_EQ(all["verdict"]["status"], "healthy");
  for (const json& row : all["by"]["rows"]) EXPECT_LT(row["latency_ms"]["p50"], 101);
}

}  // namespace
