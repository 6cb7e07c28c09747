// A random program's trace beside its own account, for the tests of this folder. ROUND_TRIP_SEED=N has them run
// that seed alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proto/trace.pb.h"
#include "tests/agent/round_trip/held_against.h"
#include "tests/agent/round_trip/program.h"
#include "viewer/model/trace.h"

namespace loopscope::round_trip {

struct Recorded {
  Issued issued;
  std::string bytes;
  loopscope::Trace packets;  // the same through libprotobuf
  Clock clock;
};

Recorded record(const Shape& shape);

// Of the first `cut` bytes. Fails the test if they are no trace.
model::Trace read(const Recorded& recorded, std::size_t cut);

// Events of each thread, by tid: that the trace holds, that were recorded.
std::map<std::uint32_t, std::uint64_t> lengths_in(const model::Trace& trace);
std::map<std::uint32_t, std::uint64_t> all_of(const Issued& issued);

// `count` seeds, the last of them from the clock.
std::vector<std::uint64_t> seeds(std::size_t count);
std::string how_to_repeat(std::uint64_t seed);

std::string lines(const std::vector<std::string>& problems);

}  // namespace loopscope::round_trip
