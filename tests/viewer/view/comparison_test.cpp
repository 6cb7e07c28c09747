// Two traces side by side: what counts as a difference, what is matched with what, and in which order it is told.
#include "viewer/view/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/view/judged.h"

namespace loopscope::view {
namespace {

using namespace loopscope::testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Nanos ms = kMillisecond;

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

TEST(Comparison, HasFactsOfBothWithTheChangeBetweenThem) {
  TraceBuilder base = a_program();
  TraceBuilder now = a_program();
  base.with_ticks(101, every(50 * ms), 0, 5 * ms).with_lag(kSecond, 10 * ms, 101);
  now.with_ticks(101, every(50 * ms), 0, 10 * ms).with_lag(kSecond, 30 * ms, 101);
  base.with_stall(kSecond, 101 * ms);
  now.with_stall(kSecond, 307 * ms);
  const Comparison comparison = compared(base, now);
  const Compared& lag = fact(comparison, "loop 1 main lag max").value;
  EXPECT_EQ(lag.base, "10.0 ms");
  EXPECT_EQ(lag.now, "30.0 ms");
  EXPECT_EQ(lag.change, Change::worse);
  EXPECT_EQ(percent_change_text(lag), "+200 %");
  EXPECT_EQ(fact(comparison, "blocked").value.base, "101 ms");
  EXPECT_EQ(fact(comparison, "blocked").value.now, "307 ms");
  EXPECT_EQ(fact(comparison, "blocked").value.change, Change::worse);
  EXPECT_EQ(fact(comparison, "loop 1 main utilization").value.change, Change::worse);
  EXPECT_EQ(fact(comparison, "duration").value.change, Change::same);
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

TEST(Comparison, TakesSmallSharesForNoise) {
  const auto change = [](Nanos base_lag, Nanos now_lag) {
    TraceBuilder base = a_program();
    TraceBuilder now = a_program();
    base.with_lag(kSecond, base_lag, 101);
    now.with_lag(kSecond, now_lag, 101);
    return fact(compared(base, now), "loop 1 main lag max").value.change;
  };
  EXPECT_EQ(change(100 * ms, 109 * ms), Change::same);
  EXPECT_EQ(change(100 * ms, 111 * ms), Change::worse);
  EXPECT_EQ(change(100 * ms, 89 * ms), Change::better);
  EXPECT_EQ(change(20'000, 60'000), Change::same) << "the kernel's timers are no finer";
}

TEST(Comparison, TakesFewSamplesForNoise) {
  TraceBuilder base = a_program();
  TraceBuilder now = a_program();
  base.with_lag(kSecond, 10 * ms, 19);
  now.with_lag(kSecond, 100 * ms, 101);
  EXPECT_EQ(fact(compared(base, now), "loop 1 main lag p99").value.change, Change::same);
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

TEST(Comparison, FollowsTheSeverityWhereNumbersAreWithinTheNoise) {
  Analysis base = judged(a_leak(23, "leak", 3, "src").build());
  Analysis now = judged(a_leak(23, "leak", 3, "src").build());
  ASSERT_THAT(base.findings, SizeIs(1));
  base.findings[0].severity = detect::Severity::warning;
  now.findings[0].severity = detect::Severity::critical;
  EXPECT_EQ(compare(base, now).findings.at(0).change, Change::worse);
  EXPECT_EQ(compare(now, base).findings.at(0).change, Change::better);
}

TEST(Comparison, HasNotesBehindFindings) {
  Analysis now = judged(a_leak(23, "leak", 3, "src").build());
  detect::Finding note;
  note.detector = "busy-machine";
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
  Analysis hostile = judged(builder.build());
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

TEST(Comparison, IsAlsoAText) {
  const std::string text =
      comparison_text(compared(a_leak(23, "leak", 3, "src"), a_leak(83, "leak", 97, "src")));
  EXPECT_THAT(text, HasSubstr("tasks pending\t23\t83\t+261 %\tworse\n"));
  EXPECT_THAT(text, HasSubstr("worse\t"));
  EXPECT_THAT(text, HasSubstr("\tleaked-task\tleak (leak.cpp:97)\t"));
  EXPECT_THAT(text, HasSubstr("\tpending\t23 tasks\t83 tasks\t+261 %\t"));
  EXPECT_THAT(text, HasSubstr("worse\ttimer\tleak (leak.cpp:97)\t"));
}

}  // namespace
}  // namespace loopscope::view
