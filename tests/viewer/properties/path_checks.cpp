#include "tests/viewer/properties/path_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "viewer/detect/context_costs.h"
#include "viewer/detect/request_paths.h"

namespace loopscope::testing {

using detect::CriticalPath;
using detect::PathSegment;

void expect_sound(const model::Trace& trace, const CriticalPath& path) {
  EXPECT_GE(path.times.end, path.times.begin);
  Time at = path.times.begin;
  std::array<Nanos, detect::kWaysToSpend> spent{};
  for (const PathSegment& segment : path.segments) {
    ASSERT_EQ(segment.from, at) << "a gap, or an overlap";
    ASSERT_GT(segment.to, segment.from);
    ASSERT_LT(segment.task, trace.tasks.size());
    if (segment.spent == detect::Spent::held_up) {
      ASSERT_LT(segment.stall, trace.stalls.size());
      const model::Stall& stall = trace.stalls[segment.stall];
      EXPECT_GE(segment.from, stall.begin);
      EXPECT_LE(segment.to, add_saturating(stall.begin, stall.duration));
      EXPECT_NE(stall.task, segment.task) << "held up by itself";
    }
    Nanos& sum = spent[static_cast<std::size_t>(segment.spent)];
    sum = add_saturating(sum, segment.duration());
    at = segment.to;
  }
  EXPECT_EQ(at, path.times.end);
  EXPECT_EQ(spent, path.spent);
  EXPECT_FALSE(path.cut);
}

void expect_sound_paths(const model::Trace& trace, std::size_t most) {
  for (model::TaskIndex task = 0; task < std::min(trace.tasks.size(), most); ++task) {
    SCOPED_TRACE(::testing::Message() << "task " << trace.tasks.id(task));
    const CriticalPath path = detect::critical_path(trace, task);
    ASSERT_EQ(path.task, task);
    ASSERT_NO_FATAL_FAILURE(expect_sound(trace, path));
  }
  for (const std::string& key : detect::context_keys(trace)) {
    const detect::ContextCosts costs = detect::context_costs(trace, key);
    std::size_t looked_at = 0;
    for (const detect::ContextCost& cost : costs.rows) {
      EXPECT_LE(cost.p50, cost.p99);
      EXPECT_LE(cost.p99, cost.max);
      EXPECT_LE(cost.max, cost.total);
      EXPECT_LE(cost.unfinished, cost.requests);
      EXPECT_LE(cost.requests, cost.tasks);
      if (cost.rest || ++looked_at > most) continue;
      const detect::RequestPaths paths = detect::request_paths(trace, key, cost.value);
      EXPECT_EQ(paths.requests, cost.requests);
      const Nanos slowest = paths.slowest.times.latency();
      EXPECT_LE(slowest, cost.total);
      EXPECT_EQ(slowest, paths.finished > 0 ? cost.max : slowest);
      ASSERT_NO_FATAL_FAILURE(expect_sound(trace, paths.slowest));
    }
  }
}

}  // namespace loopscope::testing
