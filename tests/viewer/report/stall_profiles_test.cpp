// Stall samples in the formats of flame graph tools.
#include "viewer/report/stall_profiles.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/viewer/report/sample_traces.h"
#include "viewer/report/columns.h"

namespace loopscope::report {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::IsEmpty;

json speedscope_of(const model::Trace& trace) {
  return json::parse(speedscope_text(stall_profiles(trace), "store"));
}

void expect_names(const json& object, const std::set<std::string>& required,
                  const std::set<std::string>& allowed) {
  ASSERT_TRUE(object.is_object()) << object;
  for (const std::string& name : required) EXPECT_TRUE(object.contains(name)) << name;
  for (const auto& [name, value] : object.items()) EXPECT_TRUE(allowed.contains(name)) << name;
}

// The rules of https://www.speedscope.app/file-format-schema.json for sampled profiles, and those that it states in
// words: indices exist, a weight a sample, the end not before the start.
void expect_speedscope(const json& file) {
  expect_names(file, {"$schema", "shared", "profiles"},
               {"$schema", "shared", "profiles", "name", "activeProfileIndex", "exporter"});
  EXPECT_EQ(file["$schema"], "https://www.speedscope.app/file-format-schema.json");
  EXPECT_TRUE(file["name"].is_string());
  EXPECT_TRUE(file["activeProfileIndex"].is_number());
  EXPECT_TRUE(file["exporter"].is_string());
  expect_names(file["shared"], {"frames"}, {"frames"});
  ASSERT_TRUE(file["shared"]["frames"].is_array());
  for (const json& frame : file["shared"]["frames"]) {
    expect_names(frame, {"name"}, {"name", "file", "line", "col"});
    EXPECT_TRUE(frame["name"].is_string());
    EXPECT_TRUE(!frame.contains("file") || frame["file"].is_string());
    EXPECT_TRUE(!frame.contains("line") || frame["line"].is_number());
  }
  ASSERT_TRUE(file["profiles"].is_array());
  for (const json& profile : file["profiles"]) {
    const std::set<std::string> names{"type", "name", "unit", "startValue", "endValue", "samples", "weights"};
    expect_names(profile, names, names);
    EXPECT_EQ(profile["type"], "sampled");
    EXPECT_TRUE(profile["name"].is_string());
    EXPECT_THAT(profile["unit"],
                AnyOf("none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"));
    EXPECT_LE(profile["startValue"].get<double>(), profile["endValue"].get<double>());
    ASSERT_EQ(profile["samples"].size(), profile["weights"].size());
    for (const json& weight : profile["weights"]) EXPECT_GT(weight.get<double>(), 0);
    for (const json& stack : profile["samples"]) {
      for (const json& frame : stack) {
        ASSERT_TRUE(frame.is_number_unsigned());
        EXPECT_LT(frame.get<std::size_t>(), file["shared"]["frames"].size());
      }
    }
  }
}

TEST(Folded, HasALineAStackWithItsMicroseconds) {
  EXPECT_EQ(
      folded_text(stall_profiles(a_server_that_blocks())),
      "1 libuv main;uv_timer start_saving (main.cpp:23);on_timer(uv_timer_s*);Store::save();fsync 260000\n"
      "1 libuv main;uv_timer start_saving (main.cpp:23);on_timer(uv_timer_s*);pack() 100000\n")
      << "47 ms in one stall and 53 ms in another are one stack";
}

TEST(Folded, CannotBeBrokenByNames) {
  model::Trace trace = a_server_that_blocks();
  trace.loops[0].name = "a;b\nc";
  trace.stalls[0].samples[1].stack[0].function = "f;g 7\n\x01\xff\033[31m";
  const std::string text = folded_text(stall_profiles(trace));
  EXPECT_EQ(text, safe_text(text.substr(0, text.find('\n'))) + text.substr(text.find('\n')));
  std::istringstream lines(text);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const std::size_t blank = line.rfind(' ');
    ASSERT_NE(blank, std::string::npos);
    EXPECT_EQ(line.find_first_not_of("0123456789", blank + 1), std::string::npos) << line;
    const auto separators = std::count(line.begin(), line.end(), ';');
    EXPECT_EQ(separators, count == 0 ? 4 : 3) << line;
  }
  EXPECT_EQ(count, 2u);
}

TEST(Folded, OfNothingIsEmpty) {
  EXPECT_THAT(folded_text(stall_profiles(nothing_at_all())), IsEmpty());
  EXPECT_THAT(folded_text(stall_profiles(a_late_server_that_was_killed())), IsEmpty()) << "nobody sampled it";
}

TEST(Speedscope, KeepsToThePublishedSchema) {
  for (const model::Trace& trace :
       {a_server_that_blocks(), a_hostile_trace(), nothing_at_all(), model::Trace{}})
    expect_speedscope(speedscope_of(trace));
}

TEST(Speedscope, HasAProfileALoopInOrderOfTime) {
  const json file = speedscope_of(a_server_that_blocks());
  ASSERT_EQ(file["profiles"].size(), 1u);
  const json& profile = file["profiles"][0];
  EXPECT_EQ(profile["name"], "1 libuv main");
  EXPECT_EQ(profile["unit"], "microseconds");
  EXPECT_EQ(profile["weights"], json::parse("[47000.0, 260000.0, 53000.0]"));
  EXPECT_EQ(profile["endValue"], 360000.0);
  const json& frames = file["shared"]["frames"];
  const json& blocked = profile["samples"][1];
  ASSERT_EQ(blocked.size(), 4u);
  EXPECT_EQ(frames[blocked[0].get<std::size_t>()]["name"], "uv_timer start_saving (main.cpp:23)");
  EXPECT_EQ(frames[blocked[3].get<std::size_t>()]["name"], "fsync");
  EXPECT_EQ(frames[blocked[2].get<std::size_t>()]["file"], "src/store.cpp");
  EXPECT_EQ(frames[blocked[2].get<std::size_t>()]["line"], 71);
  EXPECT_EQ(profile["samples"][0], profile["samples"][2]) << "a frame is in the table once";
}

TEST(Speedscope, SurvivesHostileNames) {
  model::Trace trace = a_server_that_blocks();
  trace.stalls[0].samples[1].stack[0].function = "f;\"\n\x01\xff\\";
  trace.stalls[0].samples[1].weight = INT64_MAX;
  trace.stalls[0].samples[0].weight = -1;
  trace.stalls[2].loop = 99;
  trace.stalls[2].samples[0].task = 1'000'003;
  const json file = speedscope_of(trace);
  expect_speedscope(file);
  ASSERT_EQ(file["profiles"].size(), 2u);
  EXPECT_EQ(file["profiles"][0]["samples"].size(), 1u) << "no time, no sample";
  EXPECT_EQ(file["profiles"][1]["name"], "net-io") << "off any loop";
}

TEST(StallProfiles, SayWhereAStackWasCut) {
  model::Trace trace = a_server_that_blocks();
  trace.stalls[0].samples.resize(1);
  trace.stalls[0].samples[0].stack_truncated = true;
  const StallProfiles all = stall_profiles(trace);
  const ProfileSample& sample = all.profiles[0].samples[0];
  ASSERT_EQ(sample.stack.size(), 4u);
  EXPECT_EQ(all.frames[sample.stack[1]].name, "... not recorded") << "outside of the frames that are known";
  EXPECT_EQ(all.frames[sample.stack[3]].name, "pack()");
}

TEST(StallProfiles, SayWhyThereIsNoStack) {
  model::Trace trace = a_server_that_blocks();
  trace.stalls[0].samples.resize(1);
  trace.stalls[0].samples[0].stack.clear();
  trace.stalls[0].samples[0].trouble = "the thread did not answer";
  const StallProfiles all = stall_profiles(trace);
  const ProfileSample& sample = all.profiles[0].samples[0];
  ASSERT_EQ(sample.stack.size(), 2u);
  EXPECT_EQ(all.frames[sample.stack[1]].name, "no stack: the thread did not answer");
}

TEST(StallProfiles, SayWhichStretchOfWhichStallASampleStandsFor) {
  model::Trace trace = a_server_that_blocks();
  trace.stalls[0].samples[0].weight = 0;
  const StallProfiles all = stall_profiles(trace);
  ASSERT_EQ(all.profiles[0].samples.size(), 2u) << "no time, no sample";
  const ProfileSample& saving = all.profiles[0].samples[0];
  EXPECT_EQ(saving.stall, 0u);
  EXPECT_EQ(saving.from, trace.stalls[0].begin) << "what weighs nothing takes no time";
  EXPECT_EQ(all.profiles[0].samples[1].stall, 2u);
}

TEST(StallProfiles, BlameTheFrameThatOtherReportsBlame) {
  const model::Trace trace = a_server_that_blocks();
  const StallProfiles all = stall_profiles(trace);
  const ProfileFrame& saving = all.frames[all.profiles[0].samples[1].blocking];
  EXPECT_EQ(saving.name, "Store::save()") << "not fsync, which is the library's";
  EXPECT_EQ(saving.line, 71u);
  EXPECT_FALSE(saving.library);
  EXPECT_TRUE(all.frames[all.profiles[0].samples[1].stack.back()].library);
}

}  // namespace
}  // namespace loopscope::report
