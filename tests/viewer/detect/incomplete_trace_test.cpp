#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::EndReason;
using model::Trace;
using testing::a_trace;
using testing::created_at;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Finding> detect(const Trace& trace) { return incomplete_trace(trace, Limits{}); }

// 997 events.
testing::TraceBuilder recording() {
  auto builder = a_trace();
  builder.with_site("job", "j.c", 12)
      .with_tasks(498, every(1), created_at(0).finished_at(7))
      .with_task(created_at(0));
  return builder;
}

TEST(IncompleteTrace, SaysNothingAboutACompleteOne) {
  EXPECT_THAT(detect(recording().build()), IsEmpty());
  EXPECT_THAT(detect(recording().ended(EndReason::signal, 15).build()), IsEmpty());
}

TEST(IncompleteTrace, CountsLostEventsAndSaysWhichNumbersAreLowerBounds) {
  const auto findings = detect(recording().with_loss("no free chunk in the pool", 3003).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].title, "The trace is incomplete: 3,003 events lost (75.1 %)");
  EXPECT_THAT(findings[0].advice, HasSubstr("lower bounds"));
  EXPECT_EQ(evidence(findings[0], "lost_events"), 3003);
}

TEST(IncompleteTrace, OnlyMentionsTinyLosses) {
  const auto findings = detect(recording().with_loss("no free chunk in the pool", 3).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
}

TEST(IncompleteTrace, ReportsDamageAndGaps) {
  auto builder = recording();
  builder.raw().integrity.damaged_packets = 2;
  builder.raw().integrity.missing_packets = 1;
  builder.raw().integrity.skipped_bytes = 101;
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_EQ(findings[0].title, "The trace is incomplete: 2 damaged packets, 1 missing packet");
  EXPECT_EQ(evidence(findings[0], "skipped_bytes"), 101);
}

TEST(IncompleteTrace, ReportsATornTailWithItsPlace) {
  auto builder = recording();
  builder.without_end();
  builder.raw().integrity.torn_tail = true;
  builder.raw().integrity.torn_at = 4711;
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_THAT(findings[0].title, HasSubstr("ends inside a packet, at byte 4,711"));
  EXPECT_THAT(findings[0].advice, HasSubstr("ring file"));
}

TEST(IncompleteTrace, ReportsAMissingEnd) {
  const auto findings = detect(recording().without_end().build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(IncompleteTrace, OnlyMentionsAKilledProcessOfWhichNothingIsLost) {
  auto builder = recording();
  builder.without_end();
  builder.raw().integrity.recovered = true;
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].title, HasSubstr("recovered"));
}

TEST(IncompleteTrace, MentionsThatTheProgramStillRuns) {
  const auto findings = detect(recording().without_end().ended(EndReason::running).build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
}

}  // namespace
}  // namespace loopscope::detect
