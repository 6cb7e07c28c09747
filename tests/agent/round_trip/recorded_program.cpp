#include "tests/agent/round_trip/recorded_program.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <span>
#include <utility>

#include "tests/agent/recorded.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::round_trip {
namespace {

// Between two anchors time is taken for linear. NTP may bend the kernel's by 500 ppm at once, which is 1.25 us at
// the worst in an epoch of 10 ms; the anchors themselves are good to some 30 ns, conversion to 1. Measured: 5.
constexpr std::uint64_t kToleranceNs = 2'000;

}  // namespace

Recorded record(const Shape& shape) {
  const Folder folder;
  Recorded recorded;
  recorded.issued = run_program(shape, folder.path("t.pb"));
  if (const auto file = trace::MappedFile::open(folder.path("t.pb"))) {
    recorded.bytes.assign(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  } else {
    ADD_FAILURE() << file.error().text();
  }
  EXPECT_TRUE(recorded.packets.ParseFromString(recorded.bytes));
  for (const loopscope::Packet& packet : recorded.packets.packet()) {
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

std::map<std::uint32_t, std::uint64_t> all_of(const Issued& issued) {
  std::map<std::uint32_t, std::uint64_t> lengths;
  for (const Thread& thread : issued.threads) lengths[thread.tid] = thread.ops.size();
  return lengths;
}

std::vector<std::uint64_t> seeds(std::size_t count) {
  if (const char* one = std::getenv("ROUND_TRIP_SEED")) return {std::strtoull(one, nullptr, 10)};
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = 1; seed < count; ++seed) seeds.push_back(seed);
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  seeds.push_back(static_cast<std::uint64_t>(now) % 1'000'000'007);
  return seeds;
}

std::string how_to_repeat(std::uint64_t seed) {
  return "repeat with ROUND_TRIP_SEED=" + std::to_string(seed);
}

std::string lines(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) text += "\n  " + problem;
  return text;
}

}  // namespace loopscope::round_trip
