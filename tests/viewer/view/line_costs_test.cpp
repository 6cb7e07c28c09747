// What a line of source costs.
#include "viewer/view/line_costs.h"

#include <gtest/gtest.h>

#include "tests/viewer/view/sampled_stalls.h"
#include "viewer/view/stall_lines.h"

namespace loopscope::view {
namespace {

constexpr Nanos ms = kMillisecond;

TEST(LineCosts, HaveStalledTimeByLine) {
  const LineCosts costs(sampled_stalls());
  const FileCosts& pack = costs.of("src/pack.cpp");
  ASSERT_EQ(pack.lines.size(), 3u);
  EXPECT_EQ(pack.lines[0].line, 9u);
  EXPECT_EQ(pack.lines[0].self, (47 + 20) * ms);
  EXPECT_EQ(pack.lines[0].samples, 2u);
  EXPECT_EQ(pack.lines[1].line, 11u);
  EXPECT_EQ(pack.lines[1].self, 33 * ms);
  EXPECT_EQ(pack.lines[2].self, 0) << "on the way only";
  EXPECT_EQ(pack.lines[2].total, 47 * ms);
  EXPECT_EQ(pack.most_self, 67 * ms);
  EXPECT_EQ(pack.most_total, 67 * ms);
}

TEST(LineCosts, AgreeWithTheTableOfLines) {
  const model::Trace trace = sampled_stalls();
  const LineCosts costs(trace);
  const report::StallProfiles profiles = report::stall_profiles(trace);
  std::size_t compared = 0;
  for (const StallLine& line : stall_lines(profiles, select_samples(trace, profiles, {}))) {
    if (line.frame == StallLine::kNotSampled) continue;
    const report::ProfileFrame& frame = profiles.frames[line.frame];
    const LineCost* cost = costs.of(frame.file).at(frame.line);
    ASSERT_NE(cost, nullptr) << frame.file;
    EXPECT_EQ(cost->self, line.self);
    EXPECT_EQ(cost->total, line.total);
    EXPECT_EQ(cost->samples, line.samples);
    ++compared;
  }
  EXPECT_EQ(compared, 6u);
}

TEST(LineCosts, CountALineOnceHoweverManyFunctionsAreOnIt) {
  model::Trace trace = sampled_stalls();
  model::Frame& outer = trace.stalls[0].samples[0].stack[1];
  outer.function = "pack_all()";
  outer.line = 9;
  EXPECT_EQ(LineCosts(trace).of("src/pack.cpp").at(9)->total, (47 + 20) * ms);
}

TEST(LineCosts, HaveTasksWhereTheyAreCreated) {
  const LineCosts costs(sampled_stalls());
  const LineCost* saving = costs.of("src/main.cpp").at(23);
  ASSERT_NE(saving, nullptr);
  EXPECT_EQ(saving->created, 2u);
  EXPECT_EQ(saving->pending, 2u);
  EXPECT_EQ(saving->total, 0);
  EXPECT_EQ(costs.of("src/main.cpp").at(24), nullptr);
}

TEST(LineCosts, OfAFileThatIsInNoStackAreNone) {
  EXPECT_TRUE(LineCosts(sampled_stalls()).of("src/other.cpp").lines.empty());
  EXPECT_TRUE(LineCosts(model::Trace{}).of("").lines.empty());
}

TEST(LineCosts, FindAFileWhoseNameIsNoText) {
  model::Trace trace = sampled_stalls();
  const std::string name = "src/\xff\x01.cpp";
  for (model::Stall& stall : trace.stalls) {
    for (model::StallSample& sample : stall.samples) sample.stack[0].file = name;
  }
  EXPECT_FALSE(LineCosts(trace).of(name).lines.empty());
}

}  // namespace
}  // namespace loopscope::view
