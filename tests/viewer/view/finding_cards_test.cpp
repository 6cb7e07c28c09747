// Cards of the overview: the words of the reports, what each finding costs, and its course over the trace.
#include "viewer/view/finding_cards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/trace_builder.h"
#include "tests/viewer/view/judged.h"
#include "viewer/report/text_report.h"

namespace loopscope::view {
namespace {

using namespace loopscope::testing;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr Nanos ms = kMillisecond;
constexpr float kSliceMs = 10'000.0F / kCurvePoints;

const FindingCard* card(const FindingCards& cards, const std::string& detector) {
  for (const FindingCard& one : cards.cards) {
    if (one.detector == detector) return &one;
  }
  ADD_FAILURE() << "no card of " << detector;
  return nullptr;
}

TraceBuilder a_leak() {
  TraceBuilder program = a_trace();
  program.lasting(10 * kSecond).with_loop();
  program.with_site("timer", "src/leak.cpp", 12, 0, "leak").with_tasks(23, every(1), created_at(5 * kSecond));
  return program;
}

TraceBuilder a_blocker() {
  TraceBuilder program = a_trace();
  program.lasting(10 * kSecond).with_loop();
  program.with_site("timer", "src/main.cpp", 7, 0, "start")
      .with_task(created_at(0).ran(2 * kSecond, 333 * ms));
  program.with_stall(stalled_at(2 * kSecond, 333 * ms)
                         .by_task(1)
                         .sampled(sampled_at(2 * kSecond + 100 * ms)
                                      .in("save", "src/store.cpp", 71)
                                      .in("main", "src/main.cpp", 3)));
  return program;
}

TEST(FindingCards, SayWhatALeakCosts) {
  const FindingCards cards = finding_cards(judged(a_leak().build()));
  const FindingCard* leak = card(cards, "leaked-task");
  ASSERT_NE(leak, nullptr);
  EXPECT_EQ(leak->price, "23 tasks retained");
  EXPECT_EQ(leak->place, "leak (leak.cpp:12)");
  EXPECT_EQ(leak->frame.file, "src/leak.cpp");
  EXPECT_GE(leak->severity, detect::Severity::warning);
  EXPECT_EQ(leak->finding, 0u);
  EXPECT_THAT(leak->evidence, Contains(Pair("oldest age", "5.00 s")));
  EXPECT_EQ(leak->range.from, 5 * kSecond);
  EXPECT_FALSE(leak->advice.empty());
}

TEST(FindingCards, SayWhatBlockingCostsAndWhereTheLineIs) {
  const FindingCards cards = finding_cards(judged(a_blocker().build()));
  const FindingCard* blocking = card(cards, "blocking-span");
  ASSERT_NE(blocking, nullptr);
  EXPECT_EQ(blocking->price, "333 ms blocked");
  EXPECT_EQ(blocking->place, "save (store.cpp:71)");
  EXPECT_EQ(blocking->frame.line, 71u);
}

TEST(FindingCards, HaveTheEvidenceAsTheTextReportHasIt) {
  for (const TraceBuilder& program : {a_leak(), a_blocker()}) {
    const Analysis analysis = judged(program.build());
    const std::string report = report::text_report(analysis.contents(), {});
    const FindingCards cards = finding_cards(analysis);
    ASSERT_THAT(cards.cards, ::testing::Not(IsEmpty()));
    for (const auto& [name, value] : cards.cards.front().evidence) {
      EXPECT_THAT(report, HasSubstr(name));
      EXPECT_THAT(report, HasSubstr(value));
    }
  }
}

TEST(FindingCards, DrawStallsByTheirTime) {
  const FindingCards cards = finding_cards(judged(a_blocker().build()));
  const FindingCard* blocking = card(cards, "blocking-span");
  ASSERT_NE(blocking, nullptr);
  EXPECT_EQ(blocking->curve.kind, Curve::Kind::blocked);
  ASSERT_THAT(blocking->curve.values, SizeIs(kCurvePoints));
  EXPECT_NEAR(std::accumulate(blocking->curve.values.begin(), blocking->curve.values.end(), 0.0F), 333, 0.1);
  const auto slice = static_cast<std::size_t>(2000 / kSliceMs);
  EXPECT_GT(blocking->curve.values[slice], 0);
  EXPECT_EQ(blocking->curve.values[slice - 1], 0);
  EXPECT_EQ(blocking->curve.values[slice + 3], 0);
}

TEST(FindingCards, DrawLeaksByWhatIsPending) {
  const Analysis analysis = judged(a_leak().build());
  EXPECT_EQ(card(finding_cards(analysis), "leaked-task")->curve.kind, Curve::Kind::pending);
  const std::vector<Curve> curves = pending_curves(analysis, {});
  ASSERT_THAT(curves, SizeIs(analysis.findings.size()));
  ASSERT_THAT(curves[0].values, SizeIs(kCurvePoints));
  EXPECT_EQ(curves[0].values.front(), 0);
  EXPECT_FLOAT_EQ(curves[0].values.back(), 23);
  EXPECT_EQ(curves[0].values[kCurvePoints / 2 - 1], 0);
  EXPECT_NEAR(curves[0].values[kCurvePoints / 2 + 1], 23, 0.1);
}

TEST(FindingCards, DrawWhatAStreamedTraceRemembers) {
  Analysis analysis = judged(a_leak().build());
  analysis.trace.forgotten.resize(analysis.trace.sites.size());
  for (int task = 0; task < 7; ++task) {
    analysis.trace.forgotten[1].pending.add(0, kSecond, analysis.trace.begin, analysis.trace.end);
  }
  const std::vector<Curve> curves = pending_curves(analysis, {});
  EXPECT_FLOAT_EQ(curves.at(0).values.front(), 7);
  EXPECT_FLOAT_EQ(curves.at(0).values.back(), 23);
}

TEST(FindingCards, DrawLagWhereTheLoopWasLate) {
  TraceBuilder program = a_trace();
  program.lasting(10 * kSecond).with_loop("libuv", "idle").with_loop("libuv", "main");
  program.with_lag(kSecond, 2 * ms, 997).with_lag(5 * kSecond, 401 * ms, 31);
  const FindingCards cards = finding_cards(judged(program.build()));
  const FindingCard* late = card(cards, "loop-lag");
  ASSERT_NE(late, nullptr);
  EXPECT_EQ(late->price, "401 ms late at its worst");
  EXPECT_EQ(late->curve.kind, Curve::Kind::lag);
  ASSERT_THAT(late->curve.values, SizeIs(kCurvePoints));
  EXPECT_FLOAT_EQ(*std::max_element(late->curve.values.begin(), late->curve.values.end()), 401);
  EXPECT_FLOAT_EQ(late->curve.values[kCurvePoints / 2], 401);
  EXPECT_FLOAT_EQ(late->curve.values[static_cast<std::size_t>(1000 / kSliceMs)], 2);
}

TEST(FindingCards, DrawHowBusyASaturatedLoopWas) {
  TraceBuilder program = a_trace();
  program.lasting(10 * kSecond).with_loop().with_ticks(1999, every(5 * ms), 0, 4'950'000);
  const FindingCards cards = finding_cards(judged(program.build()));
  const FindingCard* saturated = card(cards, "saturated-loop");
  ASSERT_NE(saturated, nullptr);
  EXPECT_EQ(saturated->curve.kind, Curve::Kind::busy);
  ASSERT_THAT(saturated->curve.values, SizeIs(kCurvePoints));
  EXPECT_NEAR(saturated->curve.values[7], 99, 1.5);
  EXPECT_THAT(saturated->curve.values, Each(::testing::Le(101.5F)));
}

TEST(FindingCards, KnowTheProcess) {
  TraceBuilder program = a_leak();
  program.raw().process.argv = {"./server", "--port", "8080"};
  program.raw().process.pid = 4711;
  program.raw().process.started_at_unix_ns = 1'700'000'000'123'000'000;
  program.raw().events = 1009;
  const ProcessFacts facts = finding_cards(judged(program.build())).process;
  EXPECT_EQ(facts.program, "program");
  EXPECT_EQ(facts.command_line, "./server --port 8080");
  EXPECT_EQ(facts.pid, 4711u);
  EXPECT_EQ(facts.started_at, "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(facts.duration, "10.0 s");
  EXPECT_EQ(facts.events, "1,032 events") << "those and the 23 creations";
  EXPECT_EQ(facts.lost_events, "");
  EXPECT_EQ(facts.end, "exit code 0");
}

TEST(FindingCards, SayWhatIsMissingAsTheTextReportDoes) {
  TraceBuilder program = a_leak();
  program.with_loss("no free chunk in the pool", 1009).without_end();
  program.raw().integrity.damaged_packets = 3;
  program.raw().integrity.torn_tail = true;
  program.raw().integrity.torn_at = 4711;
  program.raw().integrity.unmatched_events = 7;
  program.raw().modules.push_back({"/usr/bin/server", "", 0, 0, 0, "build id differs"});
  const Analysis analysis = judged(program.build());
  const FindingCards cards = finding_cards(analysis);
  EXPECT_EQ(cards.process.lost_events, "1,009 events lost");
  EXPECT_THAT(cards.remarks, SizeIs(5));
  const std::string report = report::text_report(analysis.contents(), {});
  for (const std::string& remark : cards.remarks) EXPECT_THAT(report, HasSubstr(remark));
}

TEST(FindingCards, OfAWholeTraceHaveNoRemark) {
  EXPECT_THAT(finding_cards(judged(a_leak().build())).remarks, IsEmpty());
}

TEST(FindingCards, DoNotListRemarksWithoutEnd) {
  TraceBuilder program = a_leak();
  for (int module = 0; module < 101; ++module) program.raw().modules.push_back({"m.so", "", 0, 0, 0, "gone"});
  const FindingCards cards = finding_cards(judged(program.build()));
  ASSERT_THAT(cards.remarks, SizeIs(FindingCards::kMostRemarks + 1));
  EXPECT_EQ(cards.remarks.back(), "and 78 more");
}

TEST(FindingCards, SurviveFindingsThatPointNowhere) {
  Analysis analysis = judged(a_trace().lasting(0).build());
  detect::Finding finding;
  finding.detector = "leaked-task";
  finding.site = 1'000'003;
  finding.loop = 1'000'003;
  finding.first = INT64_MIN;
  finding.last = INT64_MAX;
  analysis.findings.push_back(finding);
  finding.stalls = {0, 1'000'003};
  analysis.findings.push_back(finding);
  analysis.trace.stalls.resize(1);
  analysis.trace.stalls[0].begin = INT64_MIN;
  analysis.trace.stalls[0].duration = INT64_MAX;
  const FindingCards cards = finding_cards(analysis);
  ASSERT_THAT(cards.cards, SizeIs(2));
  EXPECT_EQ(cards.cards[0].place, "");
  EXPECT_EQ(cards.cards[0].price, "");
  EXPECT_THAT(pending_curves(analysis, {}), SizeIs(2));
}

TEST(FindingCards, AreAlsoAText) {
  const std::string text = cards_text(finding_cards(judged(a_blocker().build())));
  EXPECT_THAT(text, HasSubstr("\tblocking-span\t"));
  EXPECT_THAT(text, HasSubstr("\t333 ms blocked\tsave (store.cpp:71)\t"));
  EXPECT_THAT(text, HasSubstr("blocked total 333 ms"));
  EXPECT_THAT(text, HasSubstr("\tms blocked\t"));
}

}  // namespace
}  // namespace loopscope::view
