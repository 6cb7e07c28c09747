// Where the time of one request went: from its end back to its beginning, at every instant whatever it could not go on
// without. Pure, any thread.
//
// Backwards from the end. While the task runs, it runs. Before one of its spans it was late for as long as it was known to
// be ready: held up, where a stall had the thread meanwhile, else queued. Before that it waited: for the task that it
// awaited, which is then explained in the same way; where it awaits nothing, for the last thing that went on below it,
// which is how callbacks that start each other are followed to the first; and where there is nothing below it, for what
// its kind says, a timer, I/O, a pool. What nothing tells is unknown, and said to be.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/contexts.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

enum class Spent : std::uint8_t {
  running,  // in spans of its own or of tasks that it waited for
  queued,   // ready or due, until its turn came
  held_up,  // the same while a stall of another task held the thread
  waiting,  // for a timer, I/O, a pool
  unknown,
};
inline constexpr std::size_t kWaysToSpend = 5;

struct PathSegment {
  static constexpr std::uint32_t kNoStall = std::numeric_limits<std::uint32_t>::max();

  Spent spent = Spent::unknown;
  Time from = 0;
  Time to = 0;                             // later than `from`
  model::TaskIndex task = model::kNoTask;  // that ran, was late, or waited: the innermost one
  // What it waited for, by its kind and name: the await, or where the task was created.
  model::SiteIndex site = model::kNoSite;
  // Into Trace::stalls: which held it up; or which its span was, if it ran.
  std::uint32_t stall = kNoStall;
  std::uint32_t depth = 0;  // so many tasks wait for this one, each for the next

  Nanos duration() const { return subtract_saturating(to, from); }
};

struct CriticalPath {
  model::TaskIndex task = model::kNoTask;
  RequestTimes times;
  std::vector<PathSegment> segments;        // in order of time, from begin to end without a gap
  std::array<Nanos, kWaysToSpend> spent{};  // by Spent; adds up to the latency
  bool cut = false;                         // too long: the beginning was given up, and is unknown
};

// Of some requests (into contexts.requests()), in their order. Needs a trace read with its timeline: else all is unknown.
std::vector<CriticalPath> critical_paths(const model::Trace& trace, const Contexts& contexts,
                                         std::span<const std::uint32_t> requests);

// Of one task, whatever its labels. Nothing but kNoTask for a task that there is not.
CriticalPath critical_path(const model::Trace& trace, model::TaskIndex task);

}  // namespace loopscope::detect
