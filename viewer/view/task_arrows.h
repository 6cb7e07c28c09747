// From whoever created the selected task, to it, to whoever awaited it: arrows for the timeline. ImGui-free, pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::view {

// A span on the timeline.
struct SpanPlace {
  std::uint32_t thread = 0;  // into Timeline::threads
  std::size_t depth = 0;
  std::size_t interval = 0;
};

struct TaskArrow {
  enum class Kind : std::uint8_t { creation, await };
  Kind kind = Kind::creation;
  SpanPlace from;
  Time from_at = 0;
  SpanPlace to;
  Time to_at = 0;
};

// The innermost span of `task` that runs at that instant.
std::optional<SpanPlace> span_at(const model::Trace& trace, model::TaskIndex task, Time at);

// Its first span that begins in [from, to], among the first of each row: after so many steps it is given up, since a
// row may have millions.
std::optional<SpanPlace> first_span(const model::Trace& trace, model::TaskIndex task, Time from, Time to);

// At most a few: one for its creation, one for each of the first waiters.
std::vector<TaskArrow> arrows_of(const model::Trace& trace, model::TaskIndex task);

}  // namespace loopscope::view
