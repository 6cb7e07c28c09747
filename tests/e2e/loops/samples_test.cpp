// The samples of GLib and Qt, and their healthy twins.
#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/stalls/report.h"

namespace {

using nlohmann::json;

class LoopSample : public testing::TestWithParam<const char*> {
 protected:
  static std::string name(const std::string& prefix) {
    const std::string sample = GetParam();
    return prefix + sample.substr(sample.find('/') + 1);
  }
  static std::string folder() {
    const std::string sample = GetParam();
    return SAMPLE_SOURCES + sample.substr(0, sample.find('/') + 1);
  }
  static json report_of(const std::string& program) {
    const Scratch scratch;
    const Command command{SAMPLES + program};
    const Outcome plain = run(command, scratch.path());
    const std::string trace = scratch.file("trace.pb");
    const Outcome outcome = run(recorded(trace, command), scratch.path());
    EXPECT_EQ(outcome.exit_code, plain.exit_code);
    EXPECT_EQ(outcome.output, plain.output);
    return report_on(trace);
  }
};

TEST_P(LoopSample, ThatBlocksIsFoundAtItsLine) {
  const std::string source = folder() + name("blocking_") + ".cpp";
  const int line = planted_line(source);
  ASSERT_GT(line, 0);
  const json report = report_of(name("blocking_"));
  ASSERT_FALSE(report.at("stalls").empty());
  bool found = false;
  for (const json& frame : report.at("stalls").front().at("frames")) {
    found = found || (frame.at("file") == source && frame.at("line") == line);
  }
  EXPECT_TRUE(found) << report.at("stalls").front().dump(1);
  ASSERT_FALSE(report.at("findings").empty());
  const json& top = report.at("findings").front();
  EXPECT_TRUE(top.at("detector") == "blocking-span" || top.at("detector") == "blocking-call")
      << top.at("title");
  // Behind the last picture the loop may have been left: that tick is not judged.
  EXPECT_GE(top.at("evidence").at("stalls").at("value"), 6);
  EXPECT_LE(top.at("evidence").at("stalls").at("value"), 7);
}

TEST_P(LoopSample, ThatIsHealthyHasNothingThatBlocks) {
  const json report = report_of(name("healthy_"));
  ASSERT_GE(report.at("loops").size(), 1u);
  for (const json& finding : report.at("findings")) {
    // What the machine does to it is none of its own.
    EXPECT_TRUE(finding.at("detector") == "busy-machine" || finding.at("severity") == "info")
        << finding.at("title");
  }
}

INSTANTIATE_TEST_SUITE_P(Of, LoopSample, testing::Values(LOOP_SAMPLES), [](const auto& of) {
  std::string name = of.param;
  name[name.find('/')] = '_';
  return name;
});

}  // namespace
