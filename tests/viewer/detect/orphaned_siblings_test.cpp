#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::Outcome;
using testing::created_at;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TaskSpec;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

class Program {
 public:
  Program() { trace.lasting(10'007 * ms); }

  std::uint64_t task(const std::string& function, const TaskSpec& spec) {
    trace.with_site("coroutine", function + ".cpp", 11, 0, function);
    trace.with_task(spec);
    return trace.last_task();
  }
  void await(std::uint64_t waiter, std::uint64_t awaited, Time begin, Time end, std::uint32_t line = 71) {
    trace.with_site("await", "transfer.cpp", line);
    trace.with_await(waiter, awaited, begin, end);
  }
  std::vector<Finding> detect() const { return orphaned_siblings(trace.build(), Limits{}); }

  // One of a group: how it ends, and when.
  struct Sibling {
    Nanos takes;
    Outcome outcome = Outcome::ok;
  };
  // A waiter at `at` that starts the siblings and goes on after `goes_on`. Returns its number; the siblings' follow.
  std::uint64_t at_once(Time at, Nanos goes_on, const std::vector<Sibling>& siblings) {
    const std::uint64_t waiter = task("transfer", created_at(at).finished_at(at + goes_on + 3 * ms));
    for (const Sibling& sibling : siblings) {
      task("store", life(at + 1000, sibling).child_of(waiter));
    }
    // The wait for all of them together, and one for each.
    await(waiter, 0, at + 2000, at + goes_on);
    for (std::size_t i = 0; i < siblings.size(); ++i) {
      await(waiter, waiter + 1 + i, at + 2000, at + siblings[i].takes);
    }
    return waiter;
  }
  static TaskSpec life(Time at, const Sibling& sibling) {
    const Time end = at - 1000 + sibling.takes;
    return created_at(at).ran(at, 500).finished_at(end, sibling.outcome);
  }

  TraceBuilder trace;
};

const std::vector<Program::Sibling> kFailsSecond = {
    {5 * ms}, {7 * ms, Outcome::error}, {101 * ms}, {103 * ms}};

TEST(OrphanedSiblings, AreReportedWhenTheyRunOnAfterAFailure) {
  Program program;
  for (int group = 0; group < 3; ++group) program.at_once(group * 211 * ms, 7 * ms + 100, kFailsSecond);
  const auto findings = program.detect();
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& finding = findings[0];
  EXPECT_EQ(finding.detector, "orphaned-siblings");
  EXPECT_EQ(finding.severity, Severity::warning);
  EXPECT_EQ(finding.title,
            "3 groups were given up after a failure while 6 siblings ran on, for up to 96.0 ms");
  ASSERT_THAT(finding.stack, SizeIs(1));
  EXPECT_EQ(finding.stack[0].line, 71u);
  EXPECT_EQ(finding.stack[0].function, "transfer");
  EXPECT_EQ(evidence(finding, "given_up"), 3);
  EXPECT_EQ(evidence(finding, "failed_groups"), 3);
  EXPECT_EQ(evidence(finding, "members"), 12);
  EXPECT_EQ(evidence(finding, "ran_on"), 6);
  EXPECT_NEAR(evidence(finding, "ran_on_total"), 3 * (94 + 96), 0.01);
  EXPECT_NEAR(evidence(finding, "ran_on_longest"), 96, 0.01);
  EXPECT_EQ(evidence(finding, "started_afterwards"), 0);
  EXPECT_NEAR(finding.price, 0.57, 0.001);
  EXPECT_THAT(finding.members, ElementsAre(Field(&Member::fate, "finished"), Field(&Member::fate, "failed"),
                                           Field(&Member::fate, "ran on, finished"),
                                           Field(&Member::fate, "ran on, finished")));
  EXPECT_EQ(finding.members[0].lasted, 5 * ms - 1000);
  EXPECT_EQ(finding.members[3].lasted, 96 * ms - 100);
}

TEST(OrphanedSiblings, TellWhatTheyStartedAfterwards) {
  Program program;
  for (int group = 0; group < 3; ++group) {
    const Time at = group * 211 * ms;
    const std::uint64_t waiter = program.at_once(at, 7 * ms, kFailsSecond);
    program.task("write", created_at(at + 3 * ms).finished_at(at + 5 * ms).child_of(waiter + 3));
    for (int step = 0; step < 5; ++step) {
      const Time begin = at + (11 + step) * ms;
      program.task("write",
                   created_at(begin).ran(begin, 17'000).finished_at(begin + ms).child_of(waiter + 3));
    }
  }
  const auto findings = program.detect();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "started_afterwards"), 15);
  EXPECT_NEAR(evidence(findings[0], "these_ran"), 15 * 0.017, 1e-6);
}

TEST(OrphanedSiblings, AreSeenThroughCoroutinesOfALibraryAroundThem) {
  Program program;
  for (int group = 0; group < 3; ++group) {
    const Time at = group * 211 * ms;
    const std::uint64_t waiter = program.task("transfer", created_at(at).finished_at(at + 11 * ms));
    for (const auto& sibling : kFailsSecond)
      program.task("store", Program::life(at + 1000, sibling).child_of(waiter));
    program.await(waiter, 0, at + 2000, at + 7 * ms + 100);
    for (std::uint64_t i = 0; i < 4; ++i) {
      // It catches what the task throws, and is well itself.
      const Nanos takes = kFailsSecond[i].takes;
      const std::uint64_t around =
          program.task("start", created_at(at + 2000).ran(at + 2000, 300).finished_at(at + takes + 200));
      program.await(waiter, around, at + 2000, at + takes + 200);
      program.await(around, waiter + 1 + i, at + 2100, at + takes, 83);
    }
  }
  const auto findings = program.detect();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "given_up"), 3);
  EXPECT_EQ(evidence(findings[0], "ran_on"), 6);
  EXPECT_EQ(evidence(findings[0], "members"), 12);
}

TEST(OrphanedSiblings, AreFoundWhereTheyAreAwaitedInTurn) {
  Program program;
  for (int group = 0; group < 3; ++group) {
    const Time at = group * 211 * ms;
    const std::uint64_t waiter =
        program.task("transfer", created_at(at).finished_at(at + 8 * ms, Outcome::error));
    for (const auto& sibling : kFailsSecond)
      program.task("store", Program::life(at + 1000, sibling).child_of(waiter));
    program.await(waiter, waiter + 1, at + 2000, at + 5 * ms);
    program.await(waiter, waiter + 2, at + 5 * ms, at + 7 * ms);
  }
  const auto findings = program.detect();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "given_up"), 3);
  EXPECT_EQ(evidence(findings[0], "ran_on"), 6);
}

TEST(OrphanedSiblings, AreNotThoseThatAreAwaitedAfterAll) {
  Program program;
  for (int group = 0; group < 3; ++group) {
    const Time at = group * 211 * ms;
    const std::uint64_t waiter = program.task("transfer", created_at(at).finished_at(at + 104 * ms));
    for (const auto& sibling : kFailsSecond)
      program.task("store", Program::life(at + 1000, sibling).child_of(waiter));
    Time from = at + 2000;
    for (std::uint64_t i = 0; i < 4; ++i) {
      program.await(waiter, waiter + 1 + i, from, at + kFailsSecond[i].takes);
      from = at + kFailsSecond[i].takes;
    }
  }
  EXPECT_THAT(program.detect(), IsEmpty());
}

TEST(OrphanedSiblings, AreNotDetachedWorkOfOtherKinds) {
  Program program;
  for (int group = 0; group < 3; ++group) {
    const Time at = group * 211 * ms;
    const std::uint64_t waiter = program.task("transfer", created_at(at).finished_at(at + 8 * ms));
    program.task("log",
                 created_at(at + 1000).ran(at + 1000, 500).finished_at(at + 101 * ms).child_of(waiter));
    program.task("store", Program::life(at + 1500, {7 * ms, Outcome::error}).child_of(waiter));
    program.await(waiter, waiter + 2, at + 2000, at + 7 * ms);
  }
  EXPECT_THAT(program.detect(), IsEmpty());
}

TEST(OrphanedSiblings, AreNotThoseThatTheWaiterWaitsFor) {
  Program program;
  for (int group = 0; group < 3; ++group) program.at_once(group * 211 * ms, 103 * ms, kFailsSecond);
  EXPECT_THAT(program.detect(), IsEmpty());
}

TEST(OrphanedSiblings, AreNotThoseThatAreCancelledAtOnce) {
  Program program;
  for (int group = 0; group < 3; ++group) {
    program.at_once(
        group * 211 * ms, 7 * ms,
        {{5 * ms}, {7 * ms, Outcome::error}, {9 * ms, Outcome::cancelled}, {11 * ms, Outcome::cancelled}});
  }
  EXPECT_THAT(program.detect(), IsEmpty());
}

TEST(OrphanedSiblings, AreNotThoseThatWereAskedToStop) {
  Program program;
  for (int group = 0; group < 3; ++group) {
    const Time at = group * 211 * ms;
    const std::uint64_t waiter = program.at_once(at, 7 * ms + 100, kFailsSecond);
    program.trace.with_cancel(waiter, waiter + 3, at + 7 * ms + 50)
        .with_cancel(waiter, waiter + 4, at + 7 * ms + 50);
  }
  EXPECT_THAT(program.detect(), IsEmpty());
}

TEST(OrphanedSiblings, AreNotLosersOfARaceThatWasWon) {
  Program program;
  for (int group = 0; group < 3; ++group) {
    program.at_once(group * 211 * ms, 7 * ms, {{7 * ms}, {101 * ms}, {103 * ms}});
    // One failed on the way, but the waiter wanted the first that is well.
    program.at_once(group * 211 * ms + 3 * ms, 17 * ms, {{7 * ms, Outcome::error}, {17 * ms}, {101 * ms}});
  }
  EXPECT_THAT(program.detect(), IsEmpty());
}

TEST(OrphanedSiblings, OfOneGroupAreAHint) {
  Program program;
  program.at_once(101 * ms, 7 * ms, kFailsSecond);
  const auto findings = program.detect();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
}

TEST(OrphanedSiblings, OfOneGroupAreAWarningIfTheyRunForLong) {
  Program program;
  program.at_once(101 * ms, 7 * ms, {{7 * ms, Outcome::error}, {2003 * ms}});
  const auto findings = program.detect();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(evidence(findings[0], "ran_on_longest"), 1996);
}

TEST(OrphanedSiblings, MayNeverEnd) {
  Program program;
  for (int group = 0; group < 3; ++group) {
    const Time at = group * 211 * ms;
    const std::uint64_t waiter = program.task("transfer", created_at(at).finished_at(at + 11 * ms));
    program.task("store", Program::life(at + 1000, {7 * ms, Outcome::error}).child_of(waiter));
    program.task("store", created_at(at + 1000).ran(at + 1000, 500).child_of(waiter));
    program.await(waiter, 0, at + 2000, at + 7 * ms);
    program.await(waiter, waiter + 1, at + 2000, at + 7 * ms);
    program.await(waiter, waiter + 2, at + 2000, kNever);
  }
  const auto findings = program.detect();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "never_ended"), 3);
  EXPECT_EQ(findings[0].members[1].fate, "still running at the trace's end");
}

TEST(OrphanedSiblings, AreNotSureWhereEventsWereLost) {
  Program program;
  for (int group = 0; group < 3; ++group) program.at_once(group * 211 * ms, 7 * ms, kFailsSecond);
  program.trace.with_loss("no free chunk in the pool", 23);
  const auto findings = program.detect();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
}

TEST(OrphanedSiblings, SurviveCirclesAndOddTimes) {
  Program program;
  const std::uint64_t a = program.task("a", created_at(5 * ms).failed_at(7 * ms).child_of(2));
  const std::uint64_t b = program.task("b", created_at(3 * ms).failed_at(1 * ms).child_of(1));
  for (int i = 0; i < 7; ++i) {
    program.await(a, b, 7 * ms, 3 * ms);
    program.await(b, a, 3 * ms, kNever - 1);
    program.await(a, a, -3 * ms, 7 * ms);
  }
  program.detect();
}

}  // namespace
}  // namespace loopscope::detect
