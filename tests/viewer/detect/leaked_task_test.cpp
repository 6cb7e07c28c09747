#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::kInternal;
using model::kSubscription;
using model::kTeardown;
using model::Trace;
using testing::a_trace;
using testing::created_at;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const Trace& trace) { return leaked_task(trace, Limits{}); }

TEST(LeakedTask, IsReportedWhenStillPendingAtTraceEnd) {
  const Trace trace = a_trace()
                          .lasting(1009 * ms)
                          .with_loop()
                          .with_site("uv_timer", "leak.c", 12, 0, "start_timers")
                          .with_tasks(23, every(1 * ms), created_at(101 * ms))
                          .build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& leak = findings[0];
  EXPECT_EQ(leak.detector, "leaked-task");
  EXPECT_EQ(leak.severity, Severity::warning);
  EXPECT_EQ(leak.title, "23 uv_timer tasks never finished, pending for up to 908 ms");
  EXPECT_EQ(leak.site, 1u);
  EXPECT_EQ(leak.count, 23u);
  EXPECT_EQ(leak.first, 101 * ms);
  EXPECT_EQ(leak.last, 123 * ms);
  EXPECT_EQ(evidence(leak, "pending"), 23);
  EXPECT_EQ(evidence(leak, "created"), 23);
  EXPECT_EQ(evidence(leak, "finished"), 0);
  EXPECT_EQ(evidence(leak, "oldest_age"), 908);
  EXPECT_EQ(evidence(leak, "median_age"), 897);
  ASSERT_THAT(leak.tasks, SizeIs(kMaxExamples));
  EXPECT_EQ(trace.tasks.id(leak.tasks[0]), 1u);
}

TEST(LeakedTask, IsNotReportedWhenItFinished) {
  EXPECT_THAT(detect(a_trace()
                         .with_site("uv_timer", "fine.c", 12)
                         .with_tasks(23, every(ms), created_at(0).finished_at(9 * kSecond))
                         .build()),
              IsEmpty());
}

TEST(LeakedTask, IsNotReportedWhileYoung) {
  // The last tenth of ten seconds.
  EXPECT_THAT(detect(a_trace()
                         .with_site("uv_write", "busy.c", 12)
                         .with_tasks(23, every(ms), created_at(9001 * ms))
                         .build()),
              IsEmpty());
}

TEST(LeakedTask, CountsOnlyWhatIsOldEnough) {
  const auto findings = detect(a_trace()
                                   .with_site("uv_write", "busy.c", 12)
                                   .with_tasks(7, every(ms), created_at(1 * kSecond))
                                   .with_tasks(23, every(ms), created_at(9101 * ms))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].count, 7u);
  EXPECT_EQ(evidence(findings[0], "not_judged_yet"), 23);
}

TEST(LeakedTask, IsNeverASubscription) {
  EXPECT_THAT(detect(a_trace()
                         .with_site("uv_listen", "server.c", 12, kSubscription)
                         .with_tasks(23, every(ms), created_at(0))
                         .build()),
              IsEmpty());
}

TEST(LeakedTask, IsNeverTheLibrarysOwnNorClosing) {
  EXPECT_THAT(detect(a_trace()
                         .with_site("uv_async", "core.c", 12, kInternal)
                         .with_tasks(23, every(ms), created_at(0))
                         .with_site("uv_close", "app.c", 34, kTeardown)
                         .with_tasks(23, every(ms), created_at(0))
                         .build()),
              IsEmpty());
}

TEST(LeakedTask, IsNeverAWorkerThatKeepsRunning) {
  auto worker = created_at(0);
  for (int turn = 1; turn <= 11; ++turn) worker = worker.ran(turn * 101 * ms, 7 * ms);
  EXPECT_THAT(
      detect(a_trace().with_site("coroutine", "worker.cpp", 12).with_tasks(5, every(ms), worker).build()),
      IsEmpty());
}

TEST(LeakedTask, NeedsMoreThanTwoToWarn) {
  const auto findings = detect(a_trace()
                                   .with_loop()
                                   .with_site("uv_timer", "keepalive.c", 12)
                                   .with_tasks(2, every(ms), created_at(0))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("Not enough evidence"));
}

TEST(LeakedTask, AllowsEveryLoopItsOwnTwoWhereNothingEverFinished) {
  auto builder = a_trace();
  for (int loop = 0; loop < 5; ++loop) builder.with_loop();
  builder.with_site("uv_timer", "keepalive.c", 12).with_tasks(10, every(ms), created_at(0));
  auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);

  findings = detect(builder.with_task(created_at(0)).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(LeakedTask, IsMeasuredByWhatIsUsualAtItsPlace) {
  // 101 requests take 2 s each; three that are 5.9 s old are within three usual lifetimes, 7 s are not.
  auto builder = a_trace();
  builder.lasting(20 * kSecond)
      .with_site("http_request", "client.cpp", 12)
      .with_tasks(101, every(10 * ms), created_at(0).finished_at(2 * kSecond))
      .with_tasks(3, every(0), created_at(20 * kSecond - 5900 * ms));
  EXPECT_THAT(detect(builder.build()), IsEmpty());

  const auto findings = detect(builder.with_tasks(3, every(0), created_at(13 * kSecond)).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].count, 3u);
}

TEST(LeakedTask, NamesTheFewThatStayWhereManyFinishQuickly) {
  const auto findings = detect(a_trace()
                                   .with_site("uv_fs_open", "files.c", 12)
                                   .with_tasks(1009, every(ms), created_at(0).finished_at(3 * ms))
                                   .with_tasks(5, every(101 * ms), created_at(1 * kSecond))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].title,
              HasSubstr("5 of 1,014 uv_fs_open tasks never finished, the others within 3.0"));
}

TEST(LeakedTask, IsLongerThanTheLongestWhereFewFinished) {
  // Two took 8 s: with so few, another two of 7 s may be just as slow.
  EXPECT_THAT(detect(a_trace()
                         .with_site("uv_process", "run.c", 12)
                         .with_tasks(2, every(ms), created_at(0).finished_at(8 * kSecond))
                         .with_tasks(5, every(ms), created_at(3 * kSecond))
                         .build()),
              IsEmpty());
}

TEST(LeakedTask, DoesNotTakeOneThatFinishedForTheRule) {
  // The timer that ends the program is as old as those that were forgotten.
  const auto findings = detect(a_trace()
                                   .with_site("uv_timer", "t.c", 12)
                                   .with_task(created_at(0).finished_at(9 * kSecond))
                                   .with_tasks(23, every(ms), created_at(2 * kSecond))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].count, 23u);
}

TEST(LeakedTask, IsCriticalWhenAThousandLeakEvenly) {
  const auto findings = detect(
      a_trace().with_site("uv_timer", "leak.c", 12).with_tasks(1201, every(7 * ms), created_at(0)).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::critical);
}

TEST(LeakedTask, MergesSitesThatShowTheSameLine) {
  const Trace trace = a_trace()
                          .with_site("uv_timer", "leak.c", 12, 0, "start")
                          .called_from("on_get", "app.c", 101)
                          .with_tasks(2, every(ms), created_at(0))
                          .with_site("uv_timer", "leak.c", 12, 0, "start")
                          .called_from("on_put", "app.c", 211)
                          .with_tasks(5, every(ms), created_at(0))
                          .build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].count, 7u);
  EXPECT_EQ(findings[0].site, 2u) << "the site with most of them shows where they come from";
}

TEST(LeakedTask, KeepsSitesWithoutAStackApart) {
  const auto findings = detect(a_trace()
                                   .with_site("job")
                                   .with_tasks(2, every(ms), created_at(0))
                                   .with_site("job")
                                   .with_tasks(2, every(ms), created_at(0))
                                   .build());
  EXPECT_THAT(findings, SizeIs(2));
}

TEST(LeakedTask, HasNotEnoughEvidenceInAShortTrace) {
  auto builder = a_trace();
  builder.lasting(211 * ms).with_loop().with_site("uv_timer", "leak.c", 12);
  const auto findings = detect(builder.with_tasks(5, every(ms), created_at(0)).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].advice, "Not enough evidence: the trace is only 211 ms long. Record for longer.");
}

TEST(LeakedTask, IsAClearCaseInAShortTraceWhenThereAreMany) {
  const auto findings = detect(a_trace()
                                   .lasting(211 * ms)
                                   .with_loop()
                                   .with_site("uv_timer", "leak.c", 12)
                                   .with_tasks(23, every(ms), created_at(31 * ms))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(LeakedTask, IsNotProvenWhenAsManyEventsWereLost) {
  auto builder = a_trace();
  builder.with_site("uv_timer", "leak.c", 12).with_tasks(23, every(ms), created_at(0));
  EXPECT_EQ(detect(builder.with_loss("no free chunk in the pool", 19).build())[0].severity,
            Severity::warning);
  const auto findings = detect(builder.with_loss("no free chunk in the pool", 4).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(evidence(findings[0], "lost_events"), 23);
}

TEST(LeakedTask, IsNotProvenByAMissingPacketWhereTheOthersFinish) {
  auto builder = a_trace();
  builder.with_site("uv_write", "w.c", 12)
      .with_tasks(101, every(ms), created_at(0).finished_at(2 * ms))
      .with_tasks(23, every(ms), created_at(0));
  builder.raw().integrity.missing_packets = 1;
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
}

TEST(LeakedTask, MentionsTasksDestroyedBeforeTheyFinished) {
  const auto findings =
      detect(a_trace()
                 .with_site("coroutine", "c.cpp", 12)
                 .with_tasks(7, every(ms), created_at(0).ran(3 * ms, 7).abandoned_at(101 * ms))
                 .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_EQ(findings[0].title, "7 of 7 coroutine tasks were destroyed before they finished");
}

TEST(LeakedTask, ForgivesYoungTasksDestroyedAtTheExit) {
  EXPECT_THAT(detect(a_trace()
                         .with_site("coroutine", "c.cpp", 12)
                         .with_tasks(7, every(0), created_at(9100 * ms).abandoned_at(10 * kSecond))
                         .build()),
              IsEmpty());
}

TEST(LeakedTask, IsReportedWhenOnlyTheExitCancelledIt) {
  const auto findings = detect(a_trace()
                                   .lasting(720 * ms)
                                   .with_site("uv_timer", "leak.c", 12)
                                   .with_tasks(23, every(0), created_at(5 * ms).cancelled_at(708 * ms))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].title,
            "23 uv_timer tasks never finished, cancelled only by the exit after up to 703 ms");
  EXPECT_EQ(evidence(findings[0], "pending"), 23);
  EXPECT_EQ(evidence(findings[0], "cancelled_at_exit"), 23);
  EXPECT_EQ(evidence(findings[0], "finished"), 0);
}

TEST(LeakedTask, IsNotLearntToBeUsualFromWhatTheExitCancelled) {
  const auto findings = detect(a_trace()
                                   .with_site("uv_timer", "leak.c", 12)
                                   .with_tasks(101, every(ms), created_at(0).finished_at(2 * ms))
                                   .with_tasks(101, every(ms), created_at(0).cancelled_at(9800 * ms))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].count, 101u);
  EXPECT_LT(evidence(findings[0], "usual_lifetime_p99"), 2.2);
}

TEST(LeakedTask, IsNotWhatWasCancelledWhileTheProgramStillWorked) {
  // A test driver's deadlines: each is cancelled when its child has ended, the last ones shortly before the end.
  auto driver = a_trace();
  driver.lasting(318 * ms);
  for (int child = 0; child < 6; ++child) {
    const Time end = (149 + 31 * child) * ms;
    driver.with_site("uv_process", "run.c", 12).with_task(created_at(7 * ms).finished_at(end));
    driver.with_site("uv_timer", "run.c", 34).with_task(created_at(7 * ms).cancelled_at(end + 1));
  }
  for (const Finding& finding : detect(driver.build()))
    EXPECT_EQ(finding.severity, Severity::info) << finding.title;
}

TEST(LeakedTask, IsNotWhatWasCancelledBeforeTheExit) {
  EXPECT_THAT(detect(a_trace()
                         .with_site("uv_timer", "fine.c", 12)
                         .with_tasks(23, every(0), created_at(0).cancelled_at(9 * kSecond))
                         .build()),
              IsEmpty());
}

TEST(LeakedTask, IsNotWhatWasCancelledWhileTheProgramRunsOn) {
  auto builder = a_trace();
  builder.with_site("uv_timer", "fine.c", 12)
      .with_tasks(23, every(0), created_at(0).cancelled_at(10 * kSecond - 1));
  EXPECT_THAT(detect(builder.build()), SizeIs(1));
  EXPECT_THAT(detect(builder.ended(model::EndReason::stopped).build()), IsEmpty());
}

TEST(LeakedTask, SurvivesAbsurdTimes) {
  const auto findings = detect(a_trace()
                                   .lasting(kSecond)
                                   .with_site("job", "j.c", 1)
                                   .with_tasks(3, every(0), created_at(INT64_MIN))
                                   .with_task(created_at(INT64_MAX - 1))
                                   .build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].count, 3u);
}

TEST(LeakedTask, FindsNothingInAnEmptyTrace) {
  EXPECT_THAT(detect(Trace{}), IsEmpty());
  EXPECT_THAT(detect(a_trace().lasting(0).build()), IsEmpty());
}

// Of tasks that wait for each other's ends, the last one is to blame.
TEST(LeakedTask, LeavesOutWhoWaitsForALeakedTask) {
  auto builder = a_trace()
                     .lasting(1009 * ms)
                     .with_site("coroutine", "serve.cpp", 11, 0, "serve")
                     .with_tasks(23, every(ms), created_at(101 * ms).ran(103 * ms, 7))
                     .with_site("coroutine", "read.cpp", 13, 0, "read")
                     .with_tasks(23, every(ms), created_at(102 * ms).ran(104 * ms, 7))
                     .with_site("await", "serve.cpp", 17);
  for (std::uint64_t task = 1; task <= 23; ++task) builder.with_await(task, task + 23, 131 * ms);
  builder.with_site("await", "read.cpp", 19).named("Event");
  for (std::uint64_t task = 24; task <= 46; ++task) builder.with_await(task, 0, 131 * ms);
  const Trace trace = builder.build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(trace.sites[findings[0].site].stack.front().function, "read");
  EXPECT_EQ(findings[0].count, 23u);
  EXPECT_EQ(evidence(findings[0], "wait_for_them"), 23);
  EXPECT_THAT(findings[0].advice, HasSubstr("Nothing resumed them"));
}

// Whoever waits for something that has just begun is as busy as that is, however old.
TEST(LeakedTask, IsNobodyWhoWaitsForWhatMayYetFinish) {
  auto builder = a_trace()
                     .lasting(1009 * ms)
                     .with_site("coroutine", "serve.cpp", 11, 0, "serve")
                     .with_tasks(23, every(ms), created_at(101 * ms).ran(103 * ms, 7))
                     .with_site("coroutine", "read.cpp", 13, 0, "read")
                     .with_tasks(23, every(ms), created_at(983 * ms).ran(984 * ms, 7))
                     .with_site("await", "serve.cpp", 17);
  for (std::uint64_t task = 1; task <= 23; ++task) builder.with_await(task, task + 23, 984 * ms);
  EXPECT_THAT(detect(builder.build()), IsEmpty());
}

TEST(LeakedTask, LeavesThoseThatWaitForEachOtherToAwaitCycle) {
  auto builder = a_trace().lasting(1009 * ms);
  for (const char* function : {"left", "right"}) {
    builder.with_site("coroutine", "both.cpp", function[0], 0, function)
        .with_tasks(7, every(ms), created_at(101 * ms).ran(103 * ms, 7));
  }
  builder.with_site("await", "both.cpp", 17);
  for (std::uint64_t task = 1; task <= 7; ++task) {
    builder.with_await(task, task + 7, 131 * ms).with_await(task + 7, task, 131 * ms);
  }
  EXPECT_THAT(detect(builder.build()), IsEmpty());
  // Where lost events may have ended these waits, they are pending tasks like others.
  EXPECT_THAT(detect(builder.with_loss("no free chunk in the pool", 1).build()), SizeIs(2));
}

TEST(LeakedTask, LeavesCoroutinesThatNeverRanToNeverStarted) {
  EXPECT_THAT(detect(a_trace()
                         .lasting(1009 * ms)
                         .with_site("coroutine", "log.cpp", 11)
                         .with_tasks(23, every(ms), created_at(101 * ms))
                         .with_tasks(23, every(ms), created_at(101 * ms).abandoned_at(103 * ms))
                         .build()),
              IsEmpty());
}

testing::TraceBuilder coroutines() {
  return a_trace().lasting(1009 * ms).with_loop().with_site("coroutine", "lost.cpp", 11, 0, "fetch");
}

TEST(NeverResumable, IsALeakAtOnceWhateverItsAge) {
  const Trace trace = coroutines()
                          .with_task(created_at(997 * ms).ran(997 * ms, 7))
                          .with_task(created_at(1003 * ms).ran(1003 * ms, 7))
                          .with_proof(1007 * ms, {1})
                          .build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1)) << "the other one is young";
  const Finding& lost = findings[0];
  EXPECT_EQ(lost.detector, "leaked-task");
  EXPECT_EQ(lost.severity, Severity::warning);
  EXPECT_EQ(lost.title, "1 coroutine can never be resumed: nothing refers to it");
  EXPECT_EQ(evidence(lost, "never_resumable"), 1);
  EXPECT_EQ(evidence(lost, "created"), 2);
  EXPECT_EQ(evidence(lost, "proven_at"), 1007);
  ASSERT_THAT(lost.tasks, SizeIs(1));
  EXPECT_EQ(trace.tasks.id(lost.tasks[0]), 1u);
}

TEST(NeverResumable, IsNoDoubtForLostEvents) {
  testing::TraceBuilder builder = coroutines();
  builder.with_tasks(5, every(ms), created_at(101 * ms).ran(101 * ms, 7))
      .with_proof(997 * ms, {1, 2, 3, 4, 5});
  Trace trace = builder.build();
  trace.integrity.lost_events = 1'000'003;
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].title, "5 coroutines can never be resumed: nothing refers to them");
}

TEST(NeverResumable, IsToldApartFromThoseThatOnlyWaitLong) {
  const auto findings = detect(coroutines()
                                   .with_tasks(7, every(ms), created_at(101 * ms).ran(101 * ms, 7))
                                   .with_tasks(5, every(ms), created_at(211 * ms).ran(211 * ms, 7))
                                   .with_proof(997 * ms, {1, 2, 3, 4, 5, 6, 7})
                                   .build());
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].title, "7 coroutines can never be resumed: nothing refers to them");
  EXPECT_EQ(findings[1].count, 5u);
  EXPECT_THAT(findings[1].title, HasSubstr("never finished"));
}

// Who waits for it is lost with it, but the one at the end of the chain is to blame.
TEST(NeverResumable, BlamesTheLastOfAChain) {
  const Trace trace = coroutines()
                          .with_task(created_at(101 * ms).ran(101 * ms, 7))
                          .with_site("coroutine", "lost.cpp", 23, 0, "connect")
                          .with_task(created_at(103 * ms).ran(103 * ms, 7))
                          .with_await(1, 2, 103 * ms)
                          .with_proof(997 * ms, {1, 2})
                          .build();
  const auto findings = detect(trace);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(trace.sites[findings[0].site].stack[0].line, 23u);
  EXPECT_EQ(findings[0].count, 1u);
  EXPECT_EQ(evidence(findings[0], "wait_for_them"), 1);
}

}  // namespace
}  // namespace loopscope::detect
