// A loop that a program wrote for itself is found, however it waits.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/e2e/stalls/report.h"

namespace {

using nlohmann::json;

struct Way {
  const char* name;
  const char* kind;
};

void PrintTo(const Way& way, std::ostream* to) { *to << way.name; }

class OwnLoop : public testing::TestWithParam<Way> {
 protected:
  json report_of(const std::string& mistake) {
    const Scratch scratch;
    const std::string trace = scratch.file("trace.pb");
    const Outcome outcome = run(recorded(trace, {OWN_LOOP_HOST, GetParam().name, mistake}), scratch.path());
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(outcome.output, "23 turns\n");
    return report_on(trace);
  }
};

TEST_P(OwnLoop, HasItsTicks) {
  const json report = report_of("");
  ASSERT_EQ(report.at("loops").size(), 1u);
  const json& loop = report.at("loops").front();
  EXPECT_EQ(loop.at("kind"), GetParam().kind);
  // poll and select make a loop when they are called for the second time. Bytes may come together on a busy machine.
  EXPECT_GE(loop.at("ticks"), 7);
  EXPECT_LE(loop.at("ticks"), 23);
}

TEST_P(OwnLoop, ThatSpinsIsFoundAtTheLineWithTheDescriptorThatWokeIt) {
  const json report = report_of("spin");
  ASSERT_FALSE(report.at("stalls").empty());
  const json& stall = report.at("stalls").front();
  EXPECT_TRUE(goes_through(stall, "(anonymous namespace)::spin")) << stall.dump(1);
  EXPECT_GT(stall.at("duration_ms"), 95);
  ASSERT_EQ(stall.at("woken_by").size(), 1u);
  EXPECT_TRUE(stall.at("woken_by").front().get<std::string>().starts_with("pipe (fd "))
      << stall.at("woken_by");
  ASSERT_FALSE(report.at("findings").empty());
  const json& top = report.at("findings").front();
  EXPECT_EQ(top.at("detector"), "blocking-span");
  EXPECT_EQ(top.at("site").at("file"), OWN_LOOP_SOURCE);
  EXPECT_EQ(top.at("site").at("line"), planted_line(OWN_LOOP_SOURCE));
}

TEST_P(OwnLoop, ThatWaitsForSomethingElseInATickIsBlockedByIt) {
  const json report = report_of("wait");
  EXPECT_EQ(report.at("loops").size(), 1u) << "that poll is no loop";
  ASSERT_FALSE(report.at("findings").empty());
  const json& top = report.at("findings").front();
  EXPECT_EQ(top.at("detector"), "blocking-call") << top.at("title");
  const std::string function = top.at("site").at("function");
  EXPECT_TRUE(function.ends_with("wait_for_something_else")) << function;
  const json& worst = top.at("evidence").at("worst").at("value");
  EXPECT_GT(worst, 95);
}

INSTANTIATE_TEST_SUITE_P(That, OwnLoop,
                         testing::Values(Way{"epoll", "epoll"}, Way{"epoll_pwait", "epoll"},
                                         Way{"epoll_pwait2", "epoll"}, Way{"poll", "poll"},
                                         Way{"ppoll", "poll"}, Way{"select", "select"},
                                         Way{"pselect", "select"}),
                         [](const auto& of) { return of.param.name; });

}  // namespace
