// Where the time of requests alike went: the critical paths of the usual and of the slowest one, and the sums of many. Used
// by reports. Pure, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/critical_path.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// What is summed up as one: the same line, for the same reason.
struct SpentAt {
  Spent spent = Spent::unknown;
  std::string waits_for;  // as waits_for()
  model::Frame at;        // as place_of()
  Nanos time = 0;
  std::uint64_t requests = 0;  // on whose paths it is
};

struct RequestPaths {
  std::string key;  // "" of a single task
  std::string value;
  std::uint64_t requests = 0;
  std::uint64_t finished = 0;
  // So many of them were looked at, spread evenly over their latencies: the sums are of these.
  std::uint64_t summed = 0;
  Nanos latency = 0;  // of these together
  std::array<Nanos, kWaysToSpend> spent{};
  std::vector<SpentAt> places;  // longest first
  CriticalPath usual;           // of the one in the middle, if there are several; kNoTask otherwise
  CriticalPath slowest;

  static constexpr std::size_t kMostSummed = 1'000;
};

// Of finished requests; of all where none is. No requests if there is no such value.
RequestPaths request_paths(const model::Trace& trace, std::string_view key, std::string_view value);

// Of one task by itself, as its slowest.
RequestPaths task_paths(const model::Trace& trace, model::TaskIndex task);

// The line to look at for a segment: what blocked, where it awaits, or where the task was created. Without a function and
// a file where nothing is known.
model::Frame place_of(const model::Trace& trace, const PathSegment& segment);

// "uv_timer", "async_wait": what a waiting segment waited for; "" for others.
std::string waits_for(const model::Trace& trace, const PathSegment& segment);

}  // namespace loopscope::detect
