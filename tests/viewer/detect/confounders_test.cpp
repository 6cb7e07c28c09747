#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/detect/stalled.h"
#include "viewer/detect/confounders.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using namespace loopscope::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr Nanos ms = kMillisecond;
const model::Frame kMain = own("main", "main.cpp", 3);
const model::Frame kParse = own("parse_config", "config.cpp", 42);

std::vector<std::string> names_of(const model::Trace& trace) {
  std::vector<std::string> names;
  for (const Confounder& one : confounders(trace, Limits{})) names.push_back(one.name);
  return names;
}

// What detect_all() says with that name.
std::vector<Finding> said(const model::Trace& trace, std::string_view detector) {
  std::vector<Finding> findings = detect_all(trace, Limits{});
  std::erase_if(findings, [&](const Finding& finding) { return finding.detector != detector; });
  return findings;
}

TEST(Confounders, AreNoneInAnOrdinaryTrace) {
  TraceBuilder server = a_server();
  EXPECT_THAT(names_of(with_stalls(server, {a_stall(2 * kSecond, 101 * ms, {kParse, kMain})})), IsEmpty());
  EXPECT_THAT(names_of(model::Trace{}), IsEmpty());
}

TEST(Confounders, AShortTraceIsOne) {
  TraceBuilder server = a_trace();
  EXPECT_THAT(names_of(server.lasting(101 * ms).with_loop().build()), ElementsAre("short-trace"));
  EXPECT_THAT(confounders(server.build(), Limits{})[0].sentence, HasSubstr("only 101 ms long"));
}

TEST(Confounders, StallsThatAreOnlyTheStartAreANote) {
  TraceBuilder server = a_server();
  const model::Trace trace = with_stalls(
      server, {a_stall(101 * ms, 503 * ms, {kParse, kMain}), a_stall(701 * ms, 101 * ms, {kParse, kMain})});
  EXPECT_THAT(blocking_span(trace, Limits{}).at(0).severity, Severity::warning);
  const auto findings = said(trace, "blocking-span");
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, StartsWith("It is the program's start: it was over 802 ms after"));
  EXPECT_THAT(names_of(trace), ElementsAre("start-up"));
  EXPECT_EQ(confounders(trace, Limits{})[0].sentence,
            "2 stalls of up to 503 ms belong to the program's start, within 802 ms of the recording.");
}

TEST(Confounders, AStallThatComesAgainOrIsTooLongIsNoStart) {
  TraceBuilder again = a_server();
  const model::Trace comes_again = with_stalls(
      again, {a_stall(101 * ms, 503 * ms, {kParse, kMain}), a_stall(7 * kSecond, 101 * ms, {kParse, kMain})});
  EXPECT_EQ(said(comes_again, "blocking-span").at(0).severity, Severity::warning);
  TraceBuilder slow = a_server();
  slow.lasting(60 * kSecond);
  const model::Trace too_long = with_stalls(slow, {a_stall(101 * ms, 2503 * ms, {kParse, kMain})});
  EXPECT_EQ(said(too_long, "blocking-span").at(0).severity, Severity::critical);
}

TEST(Confounders, AStallFromWhichTheLoopDoesNotReturnIsTheEnd) {
  const auto trace_of = [](model::EndReason reason) {
    TraceBuilder server = a_server();
    server.ended(reason);
    model::Trace trace = with_stalls(server, {a_stall(9800 * ms, 200 * ms, {kParse, kMain})});
    trace.loops[0].last = 9790 * ms;
    trace.stalls[0].ended = false;
    return trace;
  };
  EXPECT_EQ(said(trace_of(model::EndReason::exit), "blocking-span").at(0).severity, Severity::info);
  EXPECT_THAT(said(trace_of(model::EndReason::exit), "blocking-span").at(0).advice,
              StartsWith("It is the program's end"));
  EXPECT_THAT(names_of(trace_of(model::EndReason::exit)), ElementsAre("shutdown"));
  EXPECT_EQ(said(trace_of(model::EndReason::killed), "blocking-span").at(0).severity, Severity::warning)
      << "it hung, and was killed";
}

TEST(Confounders, ABusyMachineExplainsSlowOperationsOnlyIfItIsAsSlow) {
  const auto trace_of = [](Nanos poll_delay) {
    TraceBuilder server = a_server();
    server.with_poll_delay(poll_delay, 97).with_site("uv_fs_read", "blocks.c", 12);
    server.with_tasks(23, every(301 * ms), created_at(0).finished_at(311 * ms));
    return server.build();
  };
  EXPECT_EQ(said(trace_of(ms), "slow-io").at(0).severity, Severity::warning);
  EXPECT_EQ(said(trace_of(67 * ms), "slow-io").at(0).severity, Severity::warning) << "a fifth of it";
  const auto findings = said(trace_of(211 * ms), "slow-io");
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, StartsWith("The machine was busy"));
  EXPECT_THAT(names_of(trace_of(67 * ms)), ElementsAre("machine-contention"));
}

TEST(Confounders, ALoopThatHadNoProcessorIsNotSaturated) {
  const auto trace_of = [](Nanos wait) {
    TraceBuilder server = a_trace();
    server.with_loop().with_ticks(100, every(100 * ms), 0, 99 * ms);
    for (int i = 0; i < 97; ++i) server.with_run_queue_wait(i * 100 * ms, i * 100 * ms + 90 * ms, wait);
    return server.build();
  };
  EXPECT_EQ(said(trace_of(11 * ms), "saturated-loop").at(0).severity, Severity::warning);
  EXPECT_EQ(said(trace_of(61 * ms), "saturated-loop").at(0).severity, Severity::info);
}

TEST(Confounders, TheRecordingItselfIsOne) {
  TraceBuilder server = a_trace();
  server.with_loop().with_ticks(100, every(100 * ms), 0, 99 * ms);
  server.raw().events = 101'000'000;
  EXPECT_THAT(names_of(server.build()), ElementsAre("tracing-cost"));
  EXPECT_THAT(confounders(server.build(), Limits{})[0].sentence, HasSubstr("of the busy time"));
  server.raw().events = 401'000'000;
  EXPECT_EQ(said(server.build(), "saturated-loop").at(0).severity, Severity::info);
}

TEST(Confounders, DoNotTouchWhatRestsOnFacts) {
  TraceBuilder server = a_server();
  server.raw().events = 4'000'000'000;
  server.with_poll_delay(997 * ms, 997)
      .with_site("uv_fs_read", "f.c", 12)
      .with_tasks(23, every(ms), created_at(0).finished_at(7 * ms))
      .with_tasks(23, every(ms), created_at(31 * ms));
  EXPECT_EQ(said(server.build(), "leaked-task").at(0).severity, Severity::warning);
}

TEST(Confounders, SurviveAbsurdTraces) {
  TraceBuilder server = a_server();
  model::Trace trace = with_stalls(
      server, {a_stall(INT64_MAX, INT64_MAX, {kParse, kMain}), a_stall(INT64_MIN, -1, {kParse, kMain})});
  trace.run_queue_waits.push_back({0, INT64_MAX, INT64_MIN, INT64_MAX});
  trace.run_queue_waits.push_back({7, 0, 0, INT64_MAX});
  trace.events = UINT64_MAX;
  EXPECT_FALSE(confounders(trace, Limits{}).empty());
  trace.stalls[0].loop = 99;
  detect_all(trace, Limits{});
}

}  // namespace
}  // namespace loopscope::detect
