#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/trace_writer.h"
#include "tests/viewer/cli/run_loopscope.h"

namespace loopscope::testing {
namespace {

using nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::uint64_t kMs = 1'000'000;

// A loop that is busy from 3 ms to `busy_until_ms`, with a watchdog if `stall_ms` is a number, and one sample of it
// if `sampled`.
std::string busy_loop(std::uint64_t busy_until_ms, const std::string& stall_ms, bool sampled) {
  TraceWriter writer({"stall_ms=" + stall_ms});
  const std::uint32_t thread = writer.thread("main", 4711);
  const std::uint32_t loop = writer.loop("libuv", thread);
  const std::uint64_t begin = 1000 + 3 * kMs;
  const std::uint64_t end = 1000 + busy_until_ms * kMs;
  writer.batch(
      thread, 1,
      {poll_begin(1000 + kMs, loop, kForEver), poll_end(begin, loop, 1), poll_begin(end, loop, kForEver)});
  if (sampled) {
    writer.stall({.id = 1, .thread = thread, .begin = begin, .end = end});
    writer.sample({.stall = 1, .ticks = begin + 23 * kMs});
  }
  writer.end(End::EXIT, 0, 1000 + 1009 * kMs);
  return writer.bytes();
}

TEST(Export, WritesFoldedStacks) {
  const std::string trace = test_file("t.pb", busy_loop(104, "10", true));
  for (const bool streaming : {false, true}) {
    std::vector<std::string> arguments{"export", "--to", "folded", trace};
    if (streaming) arguments.emplace_back("--streaming");
    const Ran ran = run_loopscope(arguments);
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.err, IsEmpty());
    EXPECT_THAT(ran.out, StartsWith("1 libuv"));
    EXPECT_THAT(ran.out, EndsWith(" 101000\n"));
  }
}

TEST(Export, WritesSpeedscopeToAFileButNotOverTheTrace) {
  const std::string bytes = busy_loop(104, "10", true);
  const std::string trace = test_file("t.pb", bytes);
  const std::string output = test_file("out.json", "");
  const Ran ran = run_loopscope({"export", "--to", "speedscope", "-o", output, trace});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, IsEmpty());
  const json file = json::parse(contents_of(output));
  ASSERT_EQ(file["profiles"].size(), 1u);
  EXPECT_EQ(file["profiles"][0]["weights"], json::parse("[101000.0]"));
  EXPECT_EQ(run_loopscope({"export", "--to", "folded", "-o", trace, trace}).exit_code, 2);
  EXPECT_EQ(contents_of(trace), bytes);
  EXPECT_EQ(run_loopscope({"export", "--to", "folded", "-o", "/no/such/folder/f", trace}).exit_code, 2);
}

TEST(Export, SaysWhyThereIsNothing) {
  const auto said = [](const std::string& bytes) {
    const Ran ran = run_loopscope({"export", "--to", "folded", test_file("t.pb", bytes)});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, HasSubstr("no stall was sampled"));
    return ran.err;
  };
  EXPECT_THAT(said(busy_loop(104, "never", false)), HasSubstr("no watchdog ran"));
  EXPECT_THAT(said(busy_loop(7, "10", false)), HasSubstr("longer than 10.0 ms"));
  EXPECT_THAT(said(busy_loop(104, "10", false)), HasSubstr("none was taken in 1 stall of over 10.0 ms"));
}

TEST(Export, SaysIfThereWereMoreStallsThanAreKept) {
  TraceWriter writer({"stall_ms=10"});
  const std::uint32_t thread = writer.thread("main", 4711);
  const std::uint32_t loop = writer.loop("libuv", thread);
  std::vector<Event> events;
  std::uint64_t at = 1000;
  for (int tick = 0; tick < 10'007; ++tick) {
    events.push_back(poll_begin(at, loop, kForEver));
    events.push_back(poll_end(at + kMs, loop, 1));
    at += (tick == 0 ? 104 : 12) * kMs;
  }
  events.push_back(poll_begin(at, loop, kForEver));
  writer.batch(thread, 1, events);
  writer.stall({.id = 1, .thread = thread, .begin = 1000 + kMs, .end = 1000 + 104 * kMs});
  writer.sample({.stall = 1, .ticks = 1000 + 24 * kMs});
  writer.end(End::EXIT, 0, at + kMs);
  const Ran ran = run_loopscope({"export", "--to", "folded", test_file("t.pb", writer.bytes())});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, EndsWith(" 103000\n"));
  EXPECT_THAT(ran.err, HasSubstr("of 10,007 stalls only the longest 10,000 are exported"));
}

TEST(Export, RefusesWhatItDoesNotKnow) {
  const std::string trace = test_file("t.pb", busy_loop(104, "10", true));
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"export"},
                                                    {"export", trace},
                                                    {"export", "--to", "folded"},
                                                    {"export", "--to", "folded", "--nonsense", trace},
                                                    {"export", "--to", "perfetto", trace}}) {
    const Ran ran = run_loopscope(arguments);
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_THAT(ran.err, HasSubstr("Try: loopscope export --help"));
    EXPECT_THAT(ran.out, IsEmpty());
  }
  EXPECT_THAT(run_loopscope({"export", "--to", "perfetto", trace}).err,
              HasSubstr("known are folded, speedscope"));
  const Ran missing = run_loopscope({"export", "--to", "folded", "/no/such/trace.pb"});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr("/no/such/trace.pb: no such file"));
}

}  // namespace
}  // namespace loopscope::testing
