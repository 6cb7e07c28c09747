// blocking-span, blocking-call, congestion and busy-machine: each stall is one finding's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "tests/viewer/detect/stalled.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using namespace loopscope::testing;
using ::testing::HasSubstr;

const model::Frame kMain = own("main", "main.cpp", 3);
const model::Frame kParse = own("parse_config", "config.cpp", 42);

double evidence(const Finding& finding, const std::string& name) {
  for (const Evidence& one : finding.evidence) {
    if (one.name == name) return one.value;
  }
  ADD_FAILURE() << "no evidence " << name;
  return -1;
}

TEST(BlockingSpan, NamesTheLineTheTimeAndWhoWaited) {
  TraceBuilder server = a_server();
  server.with_task(created_at(3 * kMillisecond));
  model::Trace trace =
      with_stalls(server, {a_stall(2 * kSecond, 101 * kMillisecond, {of_library("memcpy"), kParse, kMain}),
                           a_stall(4 * kSecond, 23 * kMillisecond, {kParse, kMain})});
  trace.waited = {{1, 0, 2 * kSecond + kMillisecond, 97 * kMillisecond}};
  const auto findings = blocking_span(trace, {});
  ASSERT_EQ(findings.size(), 1u);
  const Finding& found = findings[0];
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_EQ(found.title, "parse_config (config.cpp:42) holds the loop up to 101 ms, 2 times, 124 ms in all");
  ASSERT_FALSE(found.stack.empty());
  EXPECT_EQ(found.stack[0].line, 42u);
  EXPECT_EQ(trace.sites[found.site].stack[0].line, 7u) << "where the task was created";
  EXPECT_EQ(evidence(found, "worst"), 101);
  EXPECT_EQ(evidence(found, "blocked_total"), 124);
  EXPECT_EQ(evidence(found, "stalls"), 2);
  EXPECT_EQ(evidence(found, "tasks_that_waited"), 1);
  EXPECT_EQ(evidence(found, "waited_worst"), 97);
  EXPECT_EQ(found.tasks, std::vector<model::TaskIndex>{0});
  ASSERT_EQ(found.waiting.size(), 1u);
  EXPECT_EQ(found.waiting[0].task, 1u);
  EXPECT_EQ(found.waiting[0].waited, 97 * kMillisecond);
  EXPECT_EQ(found.stalls, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(found.first, 2 * kSecond);
  EXPECT_EQ(found.last, 4 * kSecond + 23 * kMillisecond);
}

TEST(BlockingSpan, SaysHowSureTheSharesOfLinesAre) {
  const auto share_of_three_quarters = [](int stalls) {
    TraceBuilder server = a_server();
    std::vector<model::Stall> all;
    for (int i = 0; i < stalls; ++i) {
      const model::Frame line = own("parse_config", "config.cpp", i % 4 == 0 ? 43 : 42);
      all.push_back(a_stall(kSecond + i * 40 * kMillisecond, 23 * kMillisecond, {line, kMain}));
    }
    return blocking_span(with_stalls(server, all), {}).at(0);
  };
  const Finding few = share_of_three_quarters(8);
  ASSERT_EQ(few.lines.size(), 2u);
  EXPECT_EQ(few.lines[0].share, 75);
  ASSERT_TRUE(few.lines[0].interval.has_value());
  EXPECT_NEAR(few.lines[0].interval->low, 40.9, 0.1);
  EXPECT_NEAR(few.lines[0].interval->high, 92.9, 0.1);
  EXPECT_EQ(few.evidence.back().name, "in_this_line");
  EXPECT_EQ(few.evidence.back().value, 75);
  const Finding many = share_of_three_quarters(200);
  EXPECT_GT(many.lines[0].interval->low, 68);
  EXPECT_LT(many.lines[0].interval->high, 81);
}

TEST(BlockingSpan, GrowsWithTheWorstAndWithTheShare) {
  const auto severity = [](std::size_t times, Nanos duration) {
    TraceBuilder server = a_server();
    std::vector<model::Stall> stalls;
    for (std::size_t i = 0; i < times; ++i) {
      stalls.push_back(a_stall(static_cast<Time>(i) * 2 * duration + kSecond, duration, {kParse, kMain}));
    }
    return blocking_span(with_stalls(server, stalls), {}).at(0).severity;
  };
  EXPECT_EQ(severity(1, 23 * kMillisecond), Severity::info);
  EXPECT_EQ(severity(1, 101 * kMillisecond), Severity::warning);
  EXPECT_EQ(severity(1, 1009 * kMillisecond), Severity::critical);
  EXPECT_EQ(severity(7, 23 * kMillisecond), Severity::warning) << "1.6 % of the time";
  EXPECT_EQ(severity(53, 23 * kMillisecond), Severity::critical) << "12 % of the time";
}

TEST(BlockingSpan, IsOneOfEachFunctionAndWayToBlock) {
  TraceBuilder server = a_server();
  const model::Frame other = own("write_log", "log.cpp", 5);
  const auto findings = blocking_span(
      with_stalls(server, {a_stall(1 * kSecond, 31 * kMillisecond, {kParse, kMain}),
                           a_stall(2 * kSecond, 29 * kMillisecond, {of_library("fsync"), other, kMain},
                                   "system call", SYS_fsync),
                           a_stall(3 * kSecond, 23 * kMillisecond, {of_library("read"), kParse, kMain},
                                   "system call", SYS_read)}),
      {});
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_THAT(findings[2].advice, HasSubstr("fsync"));
}

TEST(BlockingSpan, IsTheSameWhereTheThreadAlsoWaitedForAProcessor) {
  TraceBuilder server = a_server();
  model::Stall stretched = a_stall(2 * kSecond, 101 * kMillisecond, {kParse, kMain}, "not scheduled");
  stretched.run_queue_wait = 53 * kMillisecond;  // 48 ms of its own
  const auto findings = blocking_span(
      with_stalls(server, {stretched, a_stall(4 * kSecond, 47 * kMillisecond, {kParse, kMain})}), {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(evidence(findings[0], "stalls"), 2);
}

TEST(BlockingSpan, NamesTheCallThatMostOfTheTimeWasIn) {
  TraceBuilder server = a_server();
  model::Stall mixed = a_stall(2 * kSecond, 101 * kMillisecond, {kParse, kMain}, "system call", SYS_fsync);
  mixed.samples = {
      sample(2 * kSecond, 41 * kMillisecond, {kParse, kMain}, "running"),
      sample(2 * kSecond + 50 * kMillisecond, 30 * kMillisecond, {kParse, kMain}, "system call", SYS_fsync),
      sample(2 * kSecond + 90 * kMillisecond, 30 * kMillisecond, {kParse, kMain}, "system call", SYS_fsync)};
  const auto findings = blocking_span(with_stalls(server, {mixed}), {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0].advice, HasSubstr("sleeps in fsync"));
}

TEST(BlockingSpan, WithoutSamplesNamesWhereTheTaskWasCreated) {
  TraceBuilder server = a_server();
  model::Stall unsampled = a_stall(2 * kSecond, 101 * kMillisecond, {});
  unsampled.samples.clear();
  const auto alone = blocking_span(with_stalls(server, {unsampled}), {});
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_TRUE(alone[0].stack.empty());
  EXPECT_EQ(alone[0].title, "A callback of start (server.cpp:7) holds the loop for 101 ms");
  // Beside sampled ones of the same place it is one of them.
  const auto beside = blocking_span(
      with_stalls(server, {a_stall(4 * kSecond, 103 * kMillisecond, {kParse, kMain}), unsampled}), {});
  ASSERT_EQ(beside.size(), 1u);
  EXPECT_EQ(evidence(beside[0], "stalls"), 2);
}

TEST(BlockingSpan, IsNoneOfStartUpAndOtherThreads) {
  TraceBuilder server = a_server();
  model::Stall elsewhere = a_stall(2 * kSecond, 1009 * kMillisecond, {kParse, kMain});
  elsewhere.loop = model::kNoLoop;
  EXPECT_TRUE(blocking_span(with_stalls(server, {elsewhere}), {}).empty());
}

TEST(BusyMachine, HasTheStallsInWhichTheThreadHadNoProcessor) {
  TraceBuilder server = a_server();
  model::Stall waited = a_stall(2 * kSecond, 53 * kMillisecond, {kParse, kMain});
  waited.run_queue_wait = 47 * kMillisecond;
  model::Stall stretched = a_stall(3 * kSecond, 15 * kMillisecond, {kParse, kMain});
  stretched.run_queue_wait = 6 * kMillisecond;  // 9 ms of its own are no stall
  const model::Trace trace = with_stalls(server, {waited, stretched});
  EXPECT_TRUE(blocking_span(trace, {}).empty());
  const auto findings = busy_machine(trace, {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(evidence(findings[0], "stalls_by_machine"), 2);
  EXPECT_EQ(evidence(findings[0], "waited_in_stalls"), 53);
  EXPECT_EQ(findings[0].stalls, (std::vector<std::uint32_t>{0, 1}));
}

TEST(BusyMachine, IsBelievedByTheWatchdogsLatenessToo) {
  TraceBuilder server = a_server();
  model::Stall unseen = a_stall(2 * kSecond, 53 * kMillisecond, {});
  unseen.samples.clear();
  unseen.cpu = model::Stall::kNotWatched;
  server.raw().run_queue_waits = {{model::RunQueueWait::kWatchdog, 2 * kSecond + kMillisecond,
                                   2 * kSecond + 41 * kMillisecond, 40 * kMillisecond}};
  const model::Trace trace = with_stalls(server, {unseen});
  EXPECT_TRUE(blocking_span(trace, {}).empty());
  EXPECT_EQ(busy_machine(trace, {}).size(), 1u);
}

TEST(BusyMachine, IsNoneOnAQuietMachine) {
  TraceBuilder server = a_server();
  EXPECT_TRUE(
      busy_machine(with_stalls(server, {a_stall(2 * kSecond, 53 * kMillisecond, {kParse, kMain})}), {})
          .empty());
}

TraceBuilder a_server_that_syncs(Nanos call) {
  TraceBuilder server = a_server();
  server.with_site("fsync", "store.cpp", 31, model::kSynchronous | model::kBlocking, "save")
      .with_task(created_at(2 * kSecond + kMillisecond).ran(2 * kSecond + kMillisecond, call));
  return server;
}

TEST(BlockingCall, HasTheStallThatItExplains) {
  TraceBuilder server = a_server_that_syncs(97 * kMillisecond);
  const model::Frame save = own("save", "store.cpp", 31);
  const model::Trace trace =
      with_stalls(server, {a_stall(2 * kSecond, 101 * kMillisecond, {of_library("fsync"), save, kMain},
                                   "system call", SYS_fsync)});
  EXPECT_TRUE(blocking_span(trace, {}).empty());
  const auto findings = blocking_call(trace, {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].title, "fsync in save (store.cpp:31) blocks the loop for 97.0 ms");
  EXPECT_EQ(evidence(findings[0], "longest_call"), 97);
  EXPECT_EQ(evidence(findings[0], "worst"), 101);
}

TEST(BlockingCall, IsOneLineWhateverWayItWasCome) {
  TraceBuilder server = a_server();
  for (const char* caller : {"first", "second"}) {
    const Time at = 2 * kSecond + (*caller == 'f' ? 1 : 51) * kMillisecond;
    server.with_site("fsync", "store.cpp", 31, model::kSynchronous | model::kBlocking, "save")
        .called_from(caller, "main.cpp", 3)
        .with_task(created_at(at).ran(at, 48 * kMillisecond));
  }
  const model::Trace trace = with_stalls(server, {a_stall(2 * kSecond, 101 * kMillisecond, {kParse, kMain})});
  EXPECT_TRUE(blocking_span(trace, {}).empty());
  ASSERT_EQ(blocking_call(trace, {}).size(), 1u);
  EXPECT_EQ(evidence(blocking_call(trace, {})[0], "calls"), 2);
}

TEST(BlockingCall, LeavesAStallThatIsMostlySomethingElses) {
  TraceBuilder server = a_server_that_syncs(23 * kMillisecond);
  const model::Trace trace = with_stalls(server, {a_stall(2 * kSecond, 101 * kMillisecond, {kParse, kMain})});
  EXPECT_EQ(blocking_span(trace, {}).size(), 1u);
  const auto findings = blocking_call(trace, {});
  ASSERT_EQ(findings.size(), 1u) << "longer than a stall by itself";
  EXPECT_EQ(findings[0].severity, Severity::info);
}

TEST(BlockingCall, IsNoneOfShortCalls) {
  TraceBuilder server = a_server_that_syncs(3 * kMillisecond);
  EXPECT_TRUE(blocking_call(with_stalls(server, {}), {}).empty());
}

TEST(Congestion, HasLongTicksWithoutALongCallback) {
  TraceBuilder server = a_server();
  model::Stall tick = a_stall(2 * kSecond, 307 * kMillisecond, {});
  tick.is_tick = true;
  tick.task = model::kNoTask;
  const model::Trace trace = with_stalls(server, {tick});
  EXPECT_TRUE(blocking_span(trace, {}).empty());
  const auto findings = congestion(trace, {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].title, "Ticks of libuv loop 1 are long without a long callback: for 307 ms");
  EXPECT_EQ(findings[0].loop, 0u);
  EXPECT_EQ(findings[0].stalls, std::vector<std::uint32_t>{0});
}

TEST(Congestion, IsNotWhatATickIsBlamedForWhereCallbacksAreNotRecorded) {
  TraceBuilder server = a_server();
  model::Stall tick = a_stall(2 * kSecond, 307 * kMillisecond, {of_library("memcpy"), kParse, kMain});
  tick.is_tick = true;
  tick.task = model::kNoTask;
  model::Trace trace = with_stalls(server, {tick});
  trace.loops[0].lag_from_ticks = false;
  EXPECT_EQ(congestion(trace, {}).size(), 1u) << "there are callbacks, all of them short";
  trace.loops[0].lag_from_ticks = true;
  EXPECT_TRUE(congestion(trace, {}).empty());
  const auto findings = blocking_span(trace, {});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].title, "parse_config (config.cpp:42) holds the loop for 307 ms");
  EXPECT_EQ(findings[0].site, model::kNoSite);
}

TEST(SaturatedLoop, HasNoIdleTimeForAGoodPart) {
  const auto found = [](Nanos busy, std::uint64_t without_waiting) {
    TraceBuilder builder;
    builder.lasting(10 * kSecond).with_loop().with_ticks(1999, every(5 * kMillisecond), 0, busy);
    builder.with_zero_timeout_polls(without_waiting);
    return saturated_loop(builder.build(), {});
  };
  EXPECT_TRUE(found(3 * kMillisecond, 0).empty());
  const auto busy = found(4'950'000, 0);
  ASSERT_EQ(busy.size(), 1u);
  EXPECT_EQ(busy[0].loop, 0u);
  EXPECT_EQ(busy[0].severity, Severity::warning);
  const auto spinning = found(4'950'000, 1999);
  ASSERT_EQ(spinning.size(), 1u);
  EXPECT_EQ(spinning[0].severity, Severity::info) << "it never wants to wait";
}

TEST(LoopLag, IsOnlyANoteWhereStallsExplainIt) {
  TraceBuilder server = a_server();
  server.with_lag(2 * kSecond, 307 * kMillisecond);
  EXPECT_EQ(loop_lag(with_stalls(server, {}), {}).at(0).severity, Severity::warning);
  const model::Trace trace = with_stalls(server, {a_stall(2 * kSecond, 311 * kMillisecond, {kParse, kMain})});
  EXPECT_EQ(loop_lag(trace, {}).at(0).severity, Severity::info);
}

TEST(LoopLag, IsAFindingOfItsOwnBesideOneStallSomewhereElse) {
  TraceBuilder server = a_server();
  for (Time at = kSecond; at < 9 * kSecond; at += 500 * kMillisecond)
    server.with_lag(at, 307 * kMillisecond, 11);
  const model::Trace trace = with_stalls(server, {a_stall(2 * kSecond, 311 * kMillisecond, {kParse, kMain})});
  EXPECT_EQ(loop_lag(trace, {}).at(0).severity, Severity::critical);
}

}  // namespace
}  // namespace loopscope::detect
