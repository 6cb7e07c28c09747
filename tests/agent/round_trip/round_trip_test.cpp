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

std::string trace_of(std::uint64_t seed) { return "repeat with ROUND_TRIP_SEED=" + std::to_string(seed); }

TEST(RoundTrip, OfRandomProgramsThroughAgentAndReaderKeepsAllThatWasCalled) {
  for (const std::uint64_t seed : seeds()) {
    SCOPED_TRACE(trace_of(seed));
    const Shape shape(seed);
    const Recorded recorded = record(shape);
    const model::Trace trace = read(recorded, recorded.bytes.size());
    EXPECT_TRUE(trace.integrity.complete());
    EXPECT_EQ(trace.integrity.unmatched_events, 0u);
    EXPECT_EQ(trace.end_reason, model::EndReason::stopped);
    if (shape.in_turns) {
      EXPECT_EQ(trace.peak_pending, recorded.issued.peak_pending);
    }

    std::map<std::uint32_t, std::uint64_t> all;
    for (const Thread& thread : recorded.issued.threads) all[thread.tid] = thread.ops.size();
    EXPECT_EQ(lengths_in(trace), all);
    const auto problems =
        held_against(story_of(recorded.issued, all), recorded.issued, trace, recorded.clock);
    EXPECT_TRUE(problems.empty()) << lines(problems);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace loopscope::round_trip
