// Two traces side by side: what counts as a difference, what is matched with what, and in which order it is told.
#include "viewer/report/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/report/sample_traces.h"

namespace loopscope::report {
namespace {

using namespace loopscope::testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr Nanos ms = kMillisecond;

Comparison compare(const Judged& base, const Judged& now) { return compare(base.contents(), now.contents()); }

Judged judged(model::Trace trace) { return Judged(std::move(trace)); }

Comparison compared(const TraceBuilder& base, const TraceBuilder& now) {
  return compare(judged(base.build()), judged(now.build()));
}

const FactRow& fact(const Comparison& comparison, const std::string& name) {
  for (const FactRow& row : comparison.facts) {
    if (row.name == name) return row;
  }
  ADD_FAILURE() << "no fact " << name;
  static const FactRow kNone;
  return kNone;
}

TraceBuilder a_program(Nanos duration = 10 * kSecond) {
  TraceBuilder program = a_trace();
  program.lasting(duration).with_loop("libuv", "main");
  return program;
}

TEST(Comparison, OfATraceWithItselfFindsNothing) {
  TraceBuilder program = a_program();
  program.with_site("timer", "leak.cpp", 3, 0, "leak").with_tasks(23, every(ms), created_at(0));
  const Comparison comparison = compared(program, program);
  for (const FactRow& row : comparison.facts) EXPECT_EQ(row.value.change, Change::same) << row.name;
  ASSERT_THAT(comparison.findings, SizeIs(1));
  EXPECT_EQ(comparison.findings[0].change, Change::same);
  ASSERT_THAT(comparison.sites, SizeIs(1));
  EXPECT_EQ(comparison.sites[0].change, Change::same);
}

// As often as it takes to be no accident: all over the trace.
void lag_throughout(TraceBuilder& program, Nanos lag) {
  for (int at = 0; at < 101; ++at) program.with_lag(at * 97 * ms, lag, 11);
}

TEST(Comparison, HasFactsOfBothWithTheChangeBetweenThem) {
  TraceBuilder base = a_program();
  TraceBuilder now = a_program();
  base.with_ticks(101, every(50 * ms), 0, 5 * ms);
  now.with_ticks(101, every(50 * ms), 0, 10 * ms);
  lag_throughout(base, 10 * ms);
  lag_throughout(now, 30 * ms);
  for (int stall = 0; stall < 7; ++stall) {
    base.with_stall(stall * kSecond, 101 * ms);
    now.with_stall(stall * kSecond, 307 * ms);
  }
  const Comparison comparison = compared(base, now);
  const Compared& lag = fact(comparison, "loop 1 main lag p50").value;
  EXPECT_EQ(lag.base, "10.0 ms");
  EXPECT_EQ(lag.now, "30.0 ms");
  EXPECT_EQ(lag.base_number, 10.0);
  EXPECT_EQ(lag.now_number, 30.0);
  EXPECT_EQ(lag.unit, "ms");
  EXPECT_EQ(lag.change, Change::worse);
  EXPECT_EQ(percent_change_text(lag), "+200 %");
  EXPECT_EQ(fact(comparison, "blocked").value.base, "707 ms");
  EXPECT_EQ(fact(comparison, "blocked").value.now, "2.15 s");
  EXPECT_EQ(fact(comparison, "blocked").value.change, Change::worse);
  EXPECT_EQ(fact(comparison, "loop 1 main blocked").value.change, Change::worse);
  EXPECT_EQ(fact(comparison, "loop 1 main utilization").value.change, Change::worse);
  EXPECT_EQ(fact(comparison, "duration").value.change, Change::same);
}

TEST(Comparison, MatchesTheMainLoopOfAProgramThatIsCalledOtherwiseNow) {
  TraceBuilder base = a_trace();
  TraceBuilder now = a_trace();
  base.lasting(kSecond).with_loop("libuv", "", "a_server_with_a").with_ticks(101, every(ms), 0, 3);
  now.lasting(kSecond).with_loop("libuv", "", "new_server").with_ticks(101, every(ms), 0, 3);
  base.raw().process.executable = "/usr/bin/a_server_with_a_long_name";
  now.raw().process.executable = "/usr/bin/new_server";
  EXPECT_EQ(fact(compared(base, now), "loop 1 new_server utilization").value.change, Change::same);
}

TEST(Comparison, DoesNotJudgeByOneMomentOfOneRun) {
  TraceBuilder base = a_program();
  TraceBuilder now = a_program();
  base.with_lag(kSecond, 10 * ms, 1009);
  now.with_lag(kSecond, 301 * ms, 1009).with_stall(kSecond, 301 * ms);
  base.with_stall(kSecond, 101 * ms);
  const Comparison comparison = compared(base, now);
  for (const char* name : {"loop 1 main lag p50", "loop 1 main lag p99", "loop 1 main lag max", "blocked"})
    EXPECT_EQ(fact(comparison, name).value.change, Change::same)
        << name << ": one stall made all of them late";
}

TEST(Comparison, TellsALoopThatOnlyOneOfThemHas) {
  TraceBuilder base = a_program();
  TraceBuilder now = a_program();
  base.with_ticks(101, every(50 * ms), 0, 5 * ms);
  now.with_ticks(101, every(50 * ms), 0, 5 * ms);
  now.with_loop("libuv", "second").with_ticks(101, every(50 * ms), 0, 5 * ms);
  const Compared utilization = fact(compared(base, now), "loop 2 second utilization").value;
  EXPECT_EQ(utilization.base, "-");
  EXPECT_EQ(utilization.change, Change::appeared);
  EXPECT_EQ(fact(compared(now, base), "loop 2 second utilization").value.change, Change::gone);
}

// Of the lifetime of `tasks` tasks of one place.
Change change_of_p50(std::size_t tasks, Nanos base_lifetime, Nanos now_lifetime) {
  TraceBuilder base = a_program();
  TraceBuilder now = a_program();
  base.with_site("read", "a.cpp", 3, 0, "a")
      .with_tasks(tasks, every(23 * ms), created_at(0).finished_at(base_lifetime));
  now.with_site("read", "a.cpp", 3, 0, "a")
      .with_tasks(tasks, every(23 * ms), created_at(0).finished_at(now_lifetime));
  return compared(base, now).sites.at(0).lifetime_p50.change;
}

TEST(Comparison, TakesSmallSharesForNoise) {
  EXPECT_EQ(change_of_p50(101, 100 * ms, 119 * ms), Change::same) << "clock rate, caches, neighbours";
  EXPECT_EQ(change_of_p50(101, 100 * ms, 83 * ms), Change::same);
  EXPECT_EQ(change_of_p50(101, 100 * ms, 131 * ms), Change::worse);
  EXPECT_EQ(change_of_p50(101, 100 * ms, 71 * ms), Change::better);
  EXPECT_EQ(change_of_p50(101, 20'000, 307'000), Change::same) << "the kernel's timers and a preemption";
}

TEST(Comparison, TakesFewSamplesForNoise) {
  EXPECT_EQ(change_of_p50(7, 10 * ms, 100 * ms), Change::same);
  EXPECT_EQ(change_of_p50(53, 10 * ms, 100 * ms), Change::worse);
}

TEST(Comparison, TakesWhatChanceMakesOfACountForNoise) {
  const auto change = [](std::size_t base_tasks, std::size_t now_tasks) {
    TraceBuilder base = a_program();
    TraceBuilder now = a_program();
    base.with_site("timer", "a.cpp", 3).with_tasks(base_tasks, every(ms), created_at(0));
    now.with_site("timer", "a.cpp", 3).with_tasks(now_tasks, every(ms), created_at(0));
    return fact(compared(base, now), "tasks pending").value.change;
  };
  EXPECT_EQ(change(3, 5), Change::same);
  EXPECT_EQ(change(23, 31), Change::same);
  EXPECT_EQ(change(23, 83), Change::worse);
  EXPECT_EQ(change(83, 23), Change::better);
  EXPECT_EQ(change(0, 2), Change::same);
  EXPECT_EQ(change(0, 23), Change::worse);
}

TEST(Comparison, DoesNotBlameALongerTraceForHavingMoreOfTheSame) {
  TraceBuilder base = a_program(10 * kSecond);
  TraceBuilder now = a_program(100 * kSecond);
  base.with_site("timer", "a.cpp", 3, 0, "a").with_tasks(101, every(97 * ms), created_at(0));
  now.with_site("timer", "a.cpp", 3, 0, "a").with_tasks(1009, every(97 * ms), created_at(0));
  base.with_stall(kSecond, 101 * ms);
  for (int stall = 0; stall < 10; ++stall) now.with_stall((stall + 1) * kSecond, 101 * ms);
  const Comparison comparison = compared(base, now);
  EXPECT_EQ(fact(comparison, "duration").value.change, Change::more);
  EXPECT_EQ(fact(comparison, "tasks pending").value.change, Change::same);
  EXPECT_EQ(fact(comparison, "blocked").value.change, Change::same);
  EXPECT_EQ(fact(comparison, "tasks created").value.change, Change::same) << "by the second";
  ASSERT_THAT(comparison.sites, SizeIs(1));
  EXPECT_EQ(comparison.sites[0].created.change, Change::same);
}

TraceBuilder a_leak(std::size_t tasks, const std::string& function, std::uint32_t line,
                    const std::string& directory) {
  TraceBuilder program = a_program();
  program.with_site("timer", directory + "/leak.cpp", line, 0, function)
      .with_tasks(tasks, every(ms), created_at(0));
  return program;
}

TEST(Comparison, MatchesFindingsByFunctionAndFileWhateverTheLineAndCheckout) {
  const Comparison comparison =
      compared(a_leak(23, "leak", 3, "/home/me/src"), a_leak(83, "leak", 97, "/build/src"));
  ASSERT_THAT(comparison.findings, SizeIs(1));
  const FindingRow& row = comparison.findings[0];
  EXPECT_EQ(row.change, Change::worse);
  EXPECT_EQ(row.detector, "leaked-task");
  EXPECT_EQ(row.place, "leak (leak.cpp:97)");
  EXPECT_EQ(row.evidence_name, "pending");
  EXPECT_EQ(row.evidence.base, "23 tasks");
  EXPECT_EQ(row.evidence.now, "83 tasks");
  EXPECT_EQ(percent_change_text(row.evidence), "+261 %");
  EXPECT_TRUE(row.base.has_value());
  EXPECT_TRUE(row.now.has_value());
}

TEST(Comparison, TellsNewFindingsFromThoseThatAreGone) {
  const Comparison comparison = compared(a_leak(23, "old_leak", 3, "src"), a_leak(31, "new_leak", 3, "src"));
  ASSERT_THAT(comparison.findings, SizeIs(2));
  EXPECT_EQ(comparison.findings[0].change, Change::appeared);
  EXPECT_EQ(comparison.findings[0].place, "new_leak (leak.cpp:3)");
  EXPECT_FALSE(comparison.findings[0].base.has_value());
  EXPECT_EQ(comparison.findings[0].evidence.base, "-");
  EXPECT_EQ(comparison.findings[1].change, Change::gone);
  EXPECT_EQ(comparison.findings[1].place, "old_leak (leak.cpp:3)");
  EXPECT_FALSE(comparison.findings[1].now.has_value());
  EXPECT_EQ(comparison.findings_that(Change::appeared), 1u);
  EXPECT_EQ(comparison.findings_that(Change::gone), 1u);
  EXPECT_EQ(comparison.findings_that(Change::same), 0u);
}

TEST(Comparison, DoesNotFollowASeverityThatChangesWithoutItsNumber) {
  Judged base = judged(a_leak(23, "leak", 3, "src").build());
  Judged now = judged(a_leak(23, "leak", 3, "src").build());
  ASSERT_THAT(base.findings, SizeIs(1));
  now.findings[0].severity = detect::Severity::critical;
  EXPECT_EQ(compare(base, now).findings.at(0).change, Change::same) << "a limit was crossed by a hair";
  base.findings[0].evidence.clear();
  now.findings[0].evidence.clear();
  EXPECT_EQ(compare(base, now).findings.at(0).change, Change::worse) << "nothing else tells";
  EXPECT_EQ(compare(now, base).findings.at(0).change, Change::better);
}

TEST(Comparison, DoesNotCallNewWhatStayedBelowALimitBefore) {
  Judged base = judged(a_leak(23, "leak", 3, "src").build());
  const Judged now = judged(a_leak(29, "leak", 3, "src").build());
  base.findings.clear();
  const Comparison comparison = compare(base, now);
  ASSERT_THAT(comparison.findings, SizeIs(1));
  EXPECT_EQ(comparison.findings[0].change, Change::same);
  EXPECT_EQ(comparison.findings[0].evidence.base, "23 tasks") << "counted at its place, without a finding";
  EXPECT_THAT(comparison.findings[0].remark, HasSubstr("about as much before"));
  const Judged more = judged(a_leak(101, "leak", 3, "src").build());
  EXPECT_EQ(compare(base, more).findings.at(0).change, Change::appeared);
}

// A side of several runs, each with that many tasks pending.
std::vector<Judged> runs_with(const std::vector<std::size_t>& pending) {
  std::vector<Judged> runs;
  for (const std::size_t tasks : pending) runs.push_back(judged(a_leak(tasks, "leak", 3, "src").build()));
  return runs;
}

Comparison compare(const std::vector<Judged>& base, const std::vector<Judged>& now) {
  const auto contents = [](const std::vector<Judged>& side) {
    std::vector<Contents> all;
    for (const Judged& run : side) all.push_back(run.contents());
    return all;
  };
  return report::compare(contents(base), contents(now));
}

TEST(Comparison, LearnsFromSeveralRunsHowFarTheyLieApart) {
  const Comparison apart = compare(runs_with({101, 307, 211}), runs_with({401, 199, 349}));
  EXPECT_EQ(fact(apart, "tasks pending").value.change, Change::same) << "each run has another number";
  EXPECT_EQ(apart.findings.at(0).change, Change::same);
  const Comparison close = compare(runs_with({199, 211, 223}), runs_with({311, 317, 331}));
  EXPECT_EQ(fact(close, "tasks pending").value.change, Change::worse);
  EXPECT_EQ(fact(close, "tasks pending").value.base, "211") << "their mean";
  EXPECT_EQ(close.findings.at(0).change, Change::worse);
  EXPECT_EQ(close.base_traces, 3u);
}

TEST(Comparison, TakesAFindingOfSomeRunsForNoise) {
  detect::Finding finding;
  finding.detector = "congestion";
  finding.severity = detect::Severity::warning;
  std::vector<Judged> base = runs_with({0, 0, 0});
  std::vector<Judged> now = runs_with({0, 0, 0});
  now[0].findings.push_back(finding);
  EXPECT_EQ(compare(base, now).findings.at(0).change, Change::same);
  now[1].findings.push_back(finding);
  EXPECT_EQ(compare(base, now).findings.at(0).change, Change::appeared);
  base[0].findings.push_back(finding);
  EXPECT_NE(compare(base, now).findings.at(0).change, Change::appeared);
}

TEST(Comparison, AsksForMoreWhereTheMachineWasBusy) {
  const auto change = [](Nanos lifetime, Nanos waited) {
    TraceBuilder base = a_program();
    TraceBuilder now = a_program();
    for (TraceBuilder* program : {&base, &now}) {
      program->with_ticks(101, every(97 * ms), 0, 50 * ms)
          .with_site("read", "a.cpp", 3, 0, "a")
          .with_tasks(101, every(23 * ms), created_at(0).finished_at(program == &base ? 100 * ms : lifetime));
    }
    now.with_run_queue_wait(kSecond, 2 * kSecond, waited);
    return compared(base, now);
  };
  EXPECT_EQ(change(151 * ms, 100 * ms).sites.at(0).change, Change::worse);
  EXPECT_EQ(change(151 * ms, 503 * ms).sites.at(0).change, Change::same);
  EXPECT_EQ(change(307 * ms, 503 * ms).sites.at(0).change, Change::worse);
  EXPECT_THAT(
      change(151 * ms, 503 * ms).remarks,
      Contains(
          "threads waited for a processor for up to 5.0 % of a run: latencies differ only where they are "
          "2.0 times as long, sums of times 2.2 times"))
      << "5.05 s busy of which 0.5 s were waiting";
}

TEST(Comparison, HasNotesBehindFindings) {
  Judged now = judged(a_leak(23, "leak", 3, "src").build());
  detect::Finding note;
  note.detector = "loop-lag";
  note.severity = detect::Severity::info;
  note.price = 1e6;
  now.findings.push_back(note);
  const Comparison comparison = compare(judged(a_program().build()), now);
  ASSERT_THAT(comparison.findings, SizeIs(2));
  EXPECT_EQ(comparison.findings[0].detector, "leaked-task");
  EXPECT_EQ(comparison.findings_that(Change::appeared), 1u);
}

TEST(Comparison, HasSitesByFunctionWithAllTheirLines) {
  TraceBuilder base = a_program();
  TraceBuilder now = a_program();
  base.with_site("read", "io.cpp", 3, 0, "load")
      .with_tasks(101, every(10 * ms), created_at(0).ran(ms, ms).finished_at(20 * ms));
  now.with_site("read", "io.cpp", 5, 0, "load")
      .with_tasks(53, every(20 * ms), created_at(0).ran(ms, 7 * ms).finished_at(200 * ms));
  now.with_site("read", "io.cpp", 9, 0, "load")
      .with_tasks(47, every(20 * ms), created_at(0).ran(ms, 7 * ms).finished_at(200 * ms));
  const Comparison comparison = compared(base, now);
  ASSERT_THAT(comparison.sites, SizeIs(1));
  const SiteChange& row = comparison.sites[0];
  EXPECT_EQ(row.kind, "read");
  EXPECT_EQ(row.place, "load (io.cpp:5)");
  EXPECT_EQ(row.site, 1u);
  EXPECT_EQ(row.created.base, "10/s");
  EXPECT_EQ(row.created.now, "10/s");
  EXPECT_EQ(row.created.change, Change::same);
  EXPECT_EQ(row.lifetime_p50.base, "20.0 ms");
  EXPECT_EQ(row.lifetime_p50.now, "200 ms");
  EXPECT_EQ(row.lifetime_p50.change, Change::worse);
  EXPECT_EQ(row.run.base, "10.1 ms/s");
  EXPECT_EQ(row.run.now, "70.0 ms/s");
  EXPECT_EQ(row.change, Change::worse);
}

TEST(Comparison, HasTheWorstSitesFirst) {
  TraceBuilder base = a_program();
  TraceBuilder now = a_program();
  for (TraceBuilder* program : {&base, &now}) {
    program->with_site("read", "a.cpp", 3, 0, "same")
        .with_tasks(101, every(10 * ms), created_at(0).finished_at(ms));
    program->with_site("read", "b.cpp", 3, 0, "grows")
        .with_tasks(101, every(10 * ms), created_at(0).finished_at(program == &base ? ms : 31 * ms));
  }
  base.with_site("read", "c.cpp", 3, 0, "old").with_tasks(101, every(10 * ms), created_at(0).finished_at(ms));
  now.with_site("read", "d.cpp", 3, 0, "young")
      .with_tasks(101, every(10 * ms), created_at(0).finished_at(ms));
  std::vector<std::string> order;
  for (const SiteChange& row : compared(base, now).sites)
    order.push_back(change_word(row.change) + " " + row.place);
  EXPECT_THAT(order, ElementsAre("worse grows (b.cpp:3)", "new young (d.cpp:3)", "gone old (c.cpp:3)",
                                 "same same (a.cpp:3)"));
}

TEST(Comparison, OfMoreWorkIsNeitherBetterNorWorse) {
  TraceBuilder base = a_program();
  TraceBuilder now = a_program();
  base.with_site("read", "a.cpp", 3, 0, "a").with_tasks(101, every(10 * ms), created_at(0).finished_at(ms));
  now.with_site("read", "a.cpp", 3, 0, "a").with_tasks(211, every(10 * ms), created_at(0).finished_at(ms));
  EXPECT_EQ(compared(base, now).sites.at(0).change, Change::more);
  EXPECT_EQ(compared(now, base).sites.at(0).change, Change::less);
}

TEST(Comparison, SurvivesNumbersThatNoProgramHas) {
  TraceBuilder builder = a_program();
  builder.with_site("timer", "a.cpp", 3).with_task(created_at(0));
  Judged hostile = judged(builder.build());
  hostile.trace.begin = INT64_MAX;
  hostile.trace.end = INT64_MAX;
  hostile.trace.events = UINT64_MAX;
  hostile.trace.peak_pending = UINT64_MAX;
  hostile.trace.sites[1].created = UINT64_MAX;
  hostile.trace.sites[1].run_ns = INT64_MAX;
  hostile.trace.sites[1].lifetime.add(INT64_MAX, UINT64_MAX / 3);
  hostile.findings.resize(2);
  hostile.findings[0].site = 1'000'003;
  hostile.findings[0].loop = 1'000'003;
  hostile.findings[0].price = 1e300;
  hostile.findings[1].evidence = {{"pending", 1e308, "tasks"}};
  const Comparison comparison = compare(hostile, judged(a_trace().lasting(0).build()));
  EXPECT_THAT(comparison.findings, SizeIs(2));
  EXPECT_THAT(compare(judged(a_trace().lasting(0).build()), hostile).sites, SizeIs(1));
}

TEST(Comparison, WritesChangesInPercentAndLargeOnesAsFactors) {
  EXPECT_EQ(percent_change_text({"", "", 12.4, Change::same}), "+12 %");
  EXPECT_EQ(percent_change_text({"", "", -50.0, Change::same}), "-50 %");
  EXPECT_EQ(percent_change_text({"", "", 2200.0, Change::same}), "x 23");
  EXPECT_EQ(percent_change_text({"", "", std::nullopt, Change::appeared}), "");
}

}  // namespace
}  // namespace loopscope::report
