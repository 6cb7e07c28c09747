// Random programs, recorded by the agent and read back: the model says what they did, no more and no less, and
// every time lies between the program's own readings of the clock before and after the call.
//
// ROUND_TRIP_SEED=N repeats one seed.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <span>

#include "proto/trace.pb.h"
#include "tests/agent/recorded.h"
#include "tests/agent/round_trip/held_against.h"
#include "tests/agent/round_trip/program.h"
#include "tests/agent/round_trip/story.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::round_trip {
namespace {

constexpr std::uint64_t kToleranceNs = 2'000;
constexpr std::uint64_t kCutToleranceNs = 50'000;

struct Recorded {
  Issued issued;
  std::string bytes;
  Clock clock;
};

Recorded record(const Shape& shape) {
  const Folder folder;
  Recorded recorded;
  recorded.issued = run_program(shape, folder.path("t.pb"));
  if (const auto file = trace::MappedFile::open(folder.path("t.pb"))) {
    recorded.bytes.assign(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  } else {
    ADD_FAILURE() << file.error().text();
  }
  loopscope::Trace packets;
  EXPECT_TRUE(packets.ParseFromString(recorded.bytes));
  for (const loopscope::Packet& packet : packets.packet()) {
    if (!packet.has_clock_anchor()) continue;
    recorded.clock = {packet.clock_anchor().monotonic_ns(), kToleranceNs};
    break;
  }
  return recorded;
}

model::Trace read(const Recorded& recorded, std::size_t cut) {
  auto read = trace::read_trace({std::as_bytes(std::span(recorded.bytes).first(cut))}, {});
  if (read) return std::move(read->trace);
  ADD_FAILURE() << read.error().text();
  return {};
}

std::map<std::uint32_t, std::uint64_t> lengths_in(const model::Trace& trace) {
  std::map<std::uint32_t, std::uint64_t> lengths;
  for (const model::Thread& thread : trace.threads) lengths[thread.tid] = thread.events;
  return lengths;
}

std::string losses_of(const model::Trace& trace) {
  std::string text;
  for (const auto& lost : trace.integrity.losses)
    text += "\n  " + std::to_string(lost.events) + " lost: " + lost.reason + ' ' + lost.detail;
  return text;
}

std::string lines(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) text += "\n  " + problem;
  return text;
}

std::vector<std::uint64_t> seeds() {
  if (const char* one = std::getenv("ROUND_TRIP_SEED")) return {std::strtoull(one, nullptr, 10)};
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = 1; seed <= 23; ++seed) seeds.push_back(seed);
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  seeds.push_back(static_cast<std::uint64_t>(now) % 1'000'000'007);
  return seeds;
}

// The last one is new every time.
std::vector<std::uint64_t> few(std::vector<std::uint64_t> all) {
  if (all.size() > 5) all.erase(all.begin() + 4, all.end() - 1);
  return all;
}

std::string trace_of(std::uint64_t seed) { return "repeat with ROUND_TRIP_SEED=" + std::to_string(seed); }

std::map<std::uint32_t, std::uint64_t> all_of(const Issued& issued) {
  std::map<std::uint32_t, std::uint64_t> lengths;
  for (const Thread& thread : issued.threads) lengths[thread.tid] = thread.ops.size();
  return lengths;
}

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

TEST(RoundTrip, OfRandomProgramsThroughAgentAndReaderKeepsAllThatWasCalled) {
  for (const std::uint64_t seed : seeds()) {
    SCOPED_TRACE(trace_of(seed));
    expect_round_trip(Shape(seed));
    if (HasFailure()) break;
  }
}

// Events of one thread are written in order, so what a cut leaves of it is its beginning; the model must be that of
// a program in which no more than that happened.
TEST(RoundTrip, OfATraceCutAnywhereIsThatOfTheEventsBeforeTheCut) {
  for (const std::uint64_t seed : few(seeds())) {
    SCOPED_TRACE(trace_of(seed));
    Recorded recorded = record(Shape(seed));
    // Anchors are cut too: time goes on at the rate of the ones before, or at the nominal one.
    recorded.clock.tolerance_ns = kCutToleranceNs;
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

TEST(RoundTrip, OfAProgramThatOutrunsItsWriterCountsWhatIsLostAndInventsNothing) {
  for (const std::uint64_t seed : few(seeds())) {
    SCOPED_TRACE(trace_of(seed));
    Shape shape(seed);
    shape.crowded = shape.hurries = true;
    shape.in_turns = false;
    shape.repeats = false;
    shape.threads = 3;
    shape.steps = 40'009;
    const Recorded recorded = record(shape);
    const model::Trace trace = read(recorded, recorded.bytes.size());
    EXPECT_GT(trace.integrity.lost_events, 0u);
    const Story story = story_of(recorded.issued, all_of(recorded.issued));
    const auto problems = at_most(story, recorded.issued, trace, recorded.clock);
    EXPECT_TRUE(problems.empty()) << lines(problems) << losses_of(trace);
    if (HasFailure()) break;
  }
}

// What follows fails as yet.

TEST(RoundTrip, DISABLED_OfTasksThatAnotherThreadHasJustCreated) {
  for (const std::uint64_t seed : seeds()) {
    SCOPED_TRACE(trace_of(seed));
    Shape shape(seed);
    shape.knows_tasks_before = false;
    expect_round_trip(shape);
    if (HasFailure()) break;
  }
}

TEST(RoundTrip, DISABLED_OfCallsWithNobody) {
  for (const std::uint64_t seed : seeds()) {
    SCOPED_TRACE(trace_of(seed));
    Shape shape(seed);
    shape.waits_for_nobody = true;
    expect_round_trip(shape);
    if (HasFailure()) break;
  }
}

TEST(RoundTrip, DISABLED_OfSpansDeeperThan64) {
  for (const std::uint64_t seed : seeds()) {
    SCOPED_TRACE(trace_of(seed));
    Shape shape(seed);
    shape.deepest = 101;
    shape.steps = 1009;
    expect_round_trip(shape);
    if (HasFailure()) break;
  }
}

TEST(RoundTrip, DISABLED_OfSpansOfOneTaskAroundGaps) {
  for (const std::uint64_t seed : few(seeds())) {
    SCOPED_TRACE(trace_of(seed));
    Shape shape(seed);
    shape.crowded = shape.hurries = true;
    shape.in_turns = false;
    shape.deepest = 1;
    shape.threads = 3;
    shape.steps = 40'009;
    const Recorded recorded = record(shape);
    const model::Trace trace = read(recorded, recorded.bytes.size());
    const Story story = story_of(recorded.issued, all_of(recorded.issued));
    const auto problems = at_most(story, recorded.issued, trace, recorded.clock);
    EXPECT_TRUE(problems.empty()) << lines(problems) << losses_of(trace);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace loopscope::round_trip
