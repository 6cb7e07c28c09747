#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::Trace;
using testing::a_trace;
using testing::created_at;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const Trace& trace) { return await_churn(trace, Limits{}); }

// Each lives for `life` and runs for most of it; a loop that is busy for half of a fifth of a second.
TraceBuilder tiny(std::size_t count, Nanos life) {
  TraceBuilder builder = a_trace().lasting(200 * ms).with_loop();
  builder.with_ticks(100, every(2 * ms), 0, ms);
  return builder.with_site("coroutine", "checksum.cpp", 11, 0, "checksum_of")
      .with_tasks(count, every(10'000), created_at(ms).ran(ms + 100, life - 400).finished_at(ms + life));
}

TEST(AwaitChurn, ReportsAPlaceOfTinyCoroutines) {
  const auto findings = detect(tiny(19'997, 2000).build());
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.detector, "await-churn");
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_EQ(found.title,
            "19,997 coroutines that never wait, 199,970 a second of busy time, take 40.8 % of it");
  EXPECT_EQ(evidence(found, "tasks"), 19'997);
  EXPECT_EQ(evidence(found, "rate"), 199'970);
  EXPECT_NEAR(evidence(found, "mean_run"), 1.6, 1e-9);
  EXPECT_NEAR(evidence(found, "mean_life"), 2, 1e-9);
  EXPECT_NEAR(evidence(found, "busy_time_share"), 39.994 / 0.980003, 1e-3);
  EXPECT_NEAR(evidence(found, "recording_share"), 1.9997, 1e-3);
  EXPECT_NEAR(evidence(found, "around_their_run"), 19'997 * 400e-6, 1e-6);
  EXPECT_NEAR(evidence(found, "possible_gain"), 19'997 * 300e-6, 1e-6);
  EXPECT_NEAR(evidence(found, "overhead_share"), 5.9991 / 98.0003 * 100, 1e-3);
  EXPECT_NEAR(found.price, 19'997 * 300e-9, 1e-9);
}

// Tiny, many, and nearly all of their time is work that has to be done anyway.
TEST(AwaitChurn, IsANoteWhereTheyWork) {
  TraceBuilder builder = a_trace().lasting(200 * ms).with_loop().with_ticks(100, every(2 * ms), 0, ms);
  builder.with_site("coroutine", "checksum.cpp", 11)
      .with_tasks(19'997, every(10'000), created_at(ms).ran(ms + 50, 3900).finished_at(ms + 4000));
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_NEAR(evidence(findings[0], "possible_gain"), 19'997 * 18e-6,
              1e-6);  // what a coroutine costs at the least
}

// What recording them costs is not the program's.
TEST(AwaitChurn, IsANoteWhereItIsTheRecording) {
  TraceBuilder builder = a_trace().lasting(200 * ms).with_loop().with_ticks(100, every(2 * ms), 0, 100'000);
  builder.with_site("coroutine", "checksum.cpp", 11)
      .with_tasks(19'997, every(10'000), created_at(ms).ran(ms + 20, 80).finished_at(ms + 120));
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("what recording them costs"));
}

TEST(AwaitChurn, IsNotABatch) { EXPECT_THAT(detect(tiny(499, 500'000).build()), IsEmpty()); }

// As many, at work that takes its time.
TEST(AwaitChurn, IsNotWorkThatIsWorthATask) { EXPECT_THAT(detect(tiny(10'007, 7000).build()), IsEmpty()); }

TEST(AwaitChurn, IsNobodyWhoWaits) {
  TraceBuilder builder = a_trace().lasting(200 * ms).with_loop().with_ticks(100, every(2 * ms), 0, ms);
  builder.with_site("coroutine", "read.cpp", 11)
      .with_tasks(19'997, every(10'000),
                  created_at(ms).ran(ms, 1000).ran(ms + 2000, 1000).finished_at(ms + 3000));
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(AwaitChurn, IsNotAFewThousand) { EXPECT_THAT(detect(tiny(9973, 2000).build()), IsEmpty()); }

TEST(AwaitChurn, IsNotASmallShareOfTheBusyTime) {
  EXPECT_THAT(detect(tiny(10'007, 1500).build()), IsEmpty());
}

// On a fast machine most of the busy time may be the recording's, which is outside of their short lives.
TEST(AwaitChurn, IsJudgedWithoutTheRecording) {
  TraceBuilder builder = a_trace().lasting(200 * ms).with_loop().with_ticks(100, every(2 * ms), 0, 100'000);
  builder.with_site("coroutine", "checksum.cpp", 11)
      .with_tasks(50'021, every(3000), created_at(ms).ran(ms + 20, 20).finished_at(ms + 40));
  const auto findings = detect(builder.build());  // 2 ms of 10, of which 5 are the recording's
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_NEAR(evidence(findings[0], "busy_time_share"), 2.00084 / (10 - 5.0021) * 100, 1e-3);
}

// Operations of a server are what it is there for.
TEST(AwaitChurn, IsNothingButCoroutines) {
  TraceBuilder builder = a_trace().lasting(200 * ms).with_loop().with_ticks(100, every(2 * ms), 0, ms);
  builder.with_site("io_context.post", "serve.cpp", 11)
      .with_tasks(19'997, every(10'000), created_at(ms).ran(ms + 50, 1900).finished_at(ms + 2000));
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

// A loop that sleeps nearly always, and has coroutines for what little there is to do.
TEST(AwaitChurn, IsNotWhatHardlyTakesAnyTime) {
  TraceBuilder builder = a_trace().lasting(20 * kSecond).with_loop().with_ticks(100, every(2 * ms), 0, ms);
  builder.with_site("coroutine", "checksum.cpp", 11)
      .with_tasks(19'997, every(10'000), created_at(ms).ran(ms + 50, 1900).finished_at(ms + 2000));
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(AwaitChurn, FindsNothingInAnEmptyTrace) {
  EXPECT_THAT(detect(Trace{}), IsEmpty());
  EXPECT_THAT(detect(a_trace().lasting(0).with_site("coroutine", "a.cpp", 1).build()), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
