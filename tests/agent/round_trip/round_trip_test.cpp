// Random programs, recorded by the agent and read back: the model says what they did, no more and no less, and
// every time lies between the program's own readings of the clock before and after the call.
#include <gtest/gtest.h>

#include <random>

#include "tests/agent/round_trip/held_against.h"
#include "tests/agent/round_trip/program.h"
#include "tests/agent/round_trip/recorded_program.h"
#include "tests/agent/round_trip/story.h"

namespace loopscope::round_trip {
namespace {

void expect_round_trip(const Shape& shape) {
  const Recorded recorded = record(shape);
  const model::Trace trace = read(recorded, recorded.bytes.size());
  EXPECT_TRUE(trace.integrity.complete());
  EXPECT_EQ(trace.integrity.unmatched_events, 0u);
  EXPECT_EQ(trace.end_reason, model::EndReason::stopped);
  if (shape.in_turns) {
    EXPECT_EQ(trace.peak_pending, recorded.issued.peak_pending);
  }
  EXPECT_EQ(lengths_in(trace), all_of(recorded.issued));
  const Story story = story_of(recorded.issued, all_of(recorded.issued));
  const auto problems = held_against(story, recorded.issued, trace, recorded.clock);
  EXPECT_TRUE(problems.empty()) << lines(problems);
}

TEST(RecordedRoundTrip, OfRandomProgramsKeepsAllThatWasCalled) {
  for (const std::uint64_t seed : seeds(23)) {
    SCOPED_TRACE(how_to_repeat(seed));
    expect_round_trip(Shape(seed));
    if (HasFailure()) break;
  }
}

// Events of one thread are written in order, so what a cut leaves of it is its beginning; the model must be that of
// a program in which no more than that happened.
TEST(RecordedRoundTrip, OfATraceCutAnywhereIsThatOfTheEventsBeforeTheCut) {
  // Anchors are cut too: time goes on at the rate of the ones before, or at the nominal one.
  constexpr std::uint64_t kToleranceNs = 50'000;
  for (const std::uint64_t seed : seeds(5)) {
    SCOPED_TRACE(how_to_repeat(seed));
    Recorded recorded = record(Shape(seed));
    recorded.clock.tolerance_ns = kToleranceNs;
    std::mt19937_64 random(seed);
    for (int i = 0; i < 23; ++i) {
      const std::size_t cut = 1 + random() % (recorded.bytes.size() - 1);
      SCOPED_TRACE("cut at " + std::to_string(cut) + " of " + std::to_string(recorded.bytes.size()));
      const model::Trace trace = read(recorded, cut);
      const Story story = story_of(recorded.issued, lengths_in(trace));
      const auto problems = held_against(story, recorded.issued, trace, recorded.clock);
      EXPECT_TRUE(problems.empty()) << lines(problems);
      EXPECT_EQ(trace.integrity.damaged_packets + trace.integrity.missing_packets, 0u);
      if (HasFailure()) return;
    }
  }
}

TEST(RecordedRoundTrip, OfAProgramThatOutrunsItsWriterCountsWhatIsLostAndInventsNothing) {
  for (const std::uint64_t seed : seeds(3)) {
    SCOPED_TRACE(how_to_repeat(seed));
    Shape shape(seed);
    shape.outruns_writer = shape.hurries = true;
    shape.in_turns = false;
    shape.threads = 3;
    shape.generations = 1;
    shape.steps = 60'013;
    const Recorded recorded = record(shape);
    const model::Trace trace = read(recorded, recorded.bytes.size());
    if (!recorded.issued.outran_writer) GTEST_SKIP() << "no thread may be held here";
    EXPECT_GT(trace.integrity.lost_events, 0u);
    const Story story = story_of(recorded.issued, all_of(recorded.issued));
    const auto problems = at_most(story, recorded.issued, trace, recorded.clock);
    EXPECT_TRUE(problems.empty()) << lines(problems);
    if (HasFailure()) break;
  }
}

TEST(RecordedRoundTrip, OfCallsWithNobody) {
  for (const std::uint64_t seed : seeds(23)) {
    SCOPED_TRACE(how_to_repeat(seed));
    Shape shape(seed);
    shape.waits_for_nobody = true;
    expect_round_trip(shape);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace loopscope::round_trip
