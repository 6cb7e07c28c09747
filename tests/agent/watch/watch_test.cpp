// What the watchdog puts into the trace of loops that block: how long, the cause, and whose stack. Hosts do the blocking
// and say how long it took.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string>
#include <vector>

#include "tests/agent/recorded.h"
#include "viewer/analysis.h"

using loopscope::Nanos;
using loopscope::model::Stall;
using loopscope::model::StallSample;
using loopscope::model::Trace;

namespace {

bool has_function(const StallSample& sample, const std::string& name) {
  return std::any_of(sample.stack.begin(), sample.stack.end(), [&](const loopscope::model::Frame& frame) {
    return frame.function.find(name) != std::string::npos;
  });
}

std::string text_of(const StallSample& sample) {
  std::string text = sample.cause + " " + sample.trouble;
  for (const auto& frame : sample.stack) text += "\n  " + frame.function;
  return text;
}

class Watch : public testing::Test {
 protected:
  // The stalls of a host that blocks in that way, longest first.
  const std::vector<Stall>& run(const std::string& way, int milliseconds, int times = 1) {
    ran_ = run_host(STALLING_HOST,
                    {folder_.path("t.pb"), way, std::to_string(milliseconds), std::to_string(times)});
    EXPECT_EQ(ran_.exit_code, 0) << ran_.errors;
    // Sanitizers have remarks of their own.
    std::istringstream lines(ran_.errors);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && std::isdigit(static_cast<unsigned char>(line.front())) != 0)
        took_.push_back(std::stoll(line));
    }
    EXPECT_EQ(took_.size(), static_cast<std::size_t>(times));
    std::sort(took_.rbegin(), took_.rend());
    return read();
  }

  const std::vector<Stall>& read() {
    auto analysis = loopscope::analyze(folder_.path("t.pb"), {});
    if (!analysis) {
      ADD_FAILURE() << analysis.error().text();
    } else {
      trace_ = std::move(analysis->trace);
    }
    return trace_.stalls;
  }

  Folder folder_;
  HostRun ran_;
  std::vector<Nanos> took_;  // longest first
  Trace trace_;
};

struct Way {
  const char* name;
  const char* function;
  const char* cause;
};

class EachWay : public Watch, public testing::WithParamInterface<Way> {};

TEST_P(EachWay, IsSampledWhereItBlocks) {
  const auto& stalls = run(GetParam().name, 101, 3);
  ASSERT_GE(stalls.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GE(stalls[i].duration, took_[i]);
    EXPECT_LE(stalls[i].duration, took_[i] + took_[i] / 20 + 2'000'000);
    // At 10, 15, 25 and 45 ms, or later on a busy machine.
    EXPECT_GE(stalls[i].samples.size(), 2u);
    std::size_t there = 0, named = 0;
    for (const StallSample& sample : stalls[i].samples) {
      named += has_function(sample, GetParam().function);
      if (!has_function(sample, GetParam().function)) continue;
      EXPECT_TRUE(has_function(sample, "run_callback") || GetParam().name == std::string("coroutine"))
          << text_of(sample);
      there += sample.cause == GetParam().cause;
    }
    // One may fall into the time before or behind the call. Sanitizers' own functions have frames that cannot be
    // followed: there a stack may end.
    if (!SANITIZED) {
      EXPECT_GE(named + 1, stalls[i].samples.size()) << text_of(stalls[i].samples.front());
      EXPECT_GE(there, 1u) << text_of(stalls[i].samples.front());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, EachWay,
    testing::Values(Way{"spin", "spin_here", "running"}, Way{"sleep", "sleep_here", "system call"},
                    Way{"poll", "poll_here", "system call"}, Way{"read", "read_here", "system call"},
                    Way{"lock", "lock_here", "system call"}, Way{"throw", "throw_here", "running"},
                    Way{"deep", "recurse_here", "running"}, Way{"tiny", "spin_here", "running"},
                    Way{"alternate", "handle_here", "running"}, Way{"coroutine", "switch_here", "running"},
                    Way{"generated", "call_generated_here", "running"}),
    [](const auto& way) { return std::string(way.param.name); });

TEST_F(Watch, LeavesShortCallbacksAlone) {
  for (const Stall& stall : run("spin", 2, 53)) {
    // A machine that is busy may have stretched one.
    EXPECT_GE(stall.run_queue_wait, 5'000'000) << stall.duration;
  }
}

TEST_F(Watch, SeesNoStallInWhatTheProgramDoesBehindItsLoop) {
  const auto& stalls = run("spin", 23);
  ASSERT_EQ(stalls.size(), 1u);
  EXPECT_LT(stalls[0].duration, 90'000'000);
}

TEST_F(Watch, SamplesALongStallMoreAndMoreSeldom) {
  const auto& stalls = run("sleep", 701);
  ASSERT_EQ(stalls.size(), 1u);
  const auto& samples = stalls[0].samples;
  // At 10, 15, 25, 45, 85, 165, 325 and 645 ms.
  ASSERT_GE(samples.size(), 5u);
  ASSERT_LE(samples.size(), 8u);
  EXPECT_GE(samples[4].at - samples[3].at, samples[2].at - samples[1].at);
}

TEST_F(Watch, SeesAStallThatNeverEnds) {
  // Killed while it hangs: what was seen until then is in the trace.
  const HostRun ran =
      run_host("/usr/bin/timeout", {"-s", "KILL", "0.7", STALLING_HOST, folder_.path("t.pb"), "hang", "1"});
  EXPECT_EQ(ran.exit_code, 137);
  const auto& stalls = read();
  ASSERT_EQ(stalls.size(), 1u);
  EXPECT_FALSE(stalls[0].ended);
  ASSERT_GE(stalls[0].samples.size(), 3u);
  EXPECT_TRUE(has_function(stalls[0].samples[2], "pause")) << text_of(stalls[0].samples[2]);
  EXPECT_TRUE(has_function(stalls[0].samples[2], "run_callback")) << text_of(stalls[0].samples[2]);
}

long number_of(const std::string& name, const std::string& text) {
  const auto at = text.find(name + " ");
  return at == std::string::npos ? -1 : std::atol(text.c_str() + at + name.size());
}

TEST_F(Watch, DisturbsNobodyWhoThrowsLoadsCodeAndWaits) {
  const HostRun ran = run_host(SAMPLED_HOST, {folder_.path("t.pb"), SAMPLED_SECONDS, LOADED_LIBRARY});
  ASSERT_EQ(ran.exit_code, 0) << ran.errors;
  EXPECT_GT(number_of("throws", ran.errors), 1000);
  EXPECT_GT(number_of("waits", ran.errors), 100);
  EXPECT_GT(number_of("loads", ran.errors), 100);
  EXPECT_EQ(number_of("early_sleeps", ran.errors), 0);
  EXPECT_EQ(number_of("early_calls", ran.errors), 0);
  EXPECT_EQ(number_of("early_polls", ran.errors), 0);
  EXPECT_EQ(number_of("early_reads", ran.errors), 0);
  std::size_t samples = 0, throwing = 0, reading = 0;
  for (const Stall& stall : read()) {
    for (const StallSample& sample : stall.samples) {
      ++samples;
      throwing += has_function(sample, "throw_and_catch");
      reading += has_function(sample, "wait_in_all_ways");
    }
  }
  EXPECT_GT(samples, 100u);
  EXPECT_GT(throwing, 20u);
  EXPECT_GT(reading, 20u);
}

}  // namespace
