// The spans of one task: looked for among those of all threads within the task's life, since no index leads from a task
// to its spans. The search is bounded in steps and says so when it was cut short. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::view {

struct TaskSpan {
  Time begin = 0;
  Nanos duration = 0;
  std::uint32_t thread = 0;  // into Trace::threads
  // Due or ready that long before it began; none if that is not known.
  std::optional<Nanos> late;
};

struct TaskSpans {
  std::vector<TaskSpan> spans;  // in order of time
  bool all = true;              // false: there are more than were found
  std::uint64_t steps = 0;      // intervals and rows that were looked at
};

struct SpanSearch {
  std::size_t most_spans = 1'000;
  std::uint64_t most_steps = 50'000'000;
};

// The first ones: earlier stretches of its life are searched before later ones. Without a timeline (Timeline::kept)
// those that are among the trace's longest.
TaskSpans spans_of_task(const model::Trace& trace, model::TaskIndex task, const SpanSearch& search,
                        const std::stop_token& stop);

// Since when it could run (ready or due where that is known, else its creation) until it first ran; none if it did not
// run, or its first span is not found within that many steps.
std::optional<Nanos> queue_of_task(const model::Trace& trace, model::TaskIndex task,
                                   std::uint64_t most_steps);

}  // namespace loopscope::view
