#include "viewer/trace/timeline_rows.h"

#include <algorithm>

namespace loopscope::trace {

using namespace model;

TimelineRows::TimelineRows(Trace& trace) : trace_(trace), timeline_(trace.timeline), filler_(trace.timeline) {
  any_blocking_ = std::any_of(trace.sites.begin(), trace.sites.end(),
                              [](const Site& site) { return site.is(kBlocking); });
}

bool TimelineRows::blocks(TaskIndex task) const {
  return task != kNoTask && trace_.sites[trace_.tasks.site(task)].is(kBlocking);
}

// A call inside of a call is waited for once.
void TimelineRows::call_at(const Track& track, std::size_t depth, const OpenSpan& span, Nanos duration,
                           TaskIndex task) {
  const std::size_t holders = std::min(depth, kMaxSpanDepth);
  const bool in_call = std::any_of(track.open.begin(), track.open.begin() + holders,
                                   [this](const OpenSpan& outer) { return blocks(outer.task); });
  if (!in_call) add(RowNumber::calls(track.thread), span.begin, duration, task, span.lag);
}

void TimelineRows::still_open(const Track& track, const TaskTable& tasks) {
  std::size_t depth = 0;
  for (const OpenSpan& span : track.open) {
    const TaskIndex task = span.task != kNoTask ? span.task : tasks.find(span.id);
    span_at(track, depth++, span, trace_.end, task);
  }
}

void TimelineRows::finish() {
  hand_over();
  while (filler_.work()) {
  }
  block_.reset();
  timeline_.threads.resize(trace_.threads.size());
  timeline_.loops.resize(trace_.loops.size());
  timeline_.finish(trace_.tasks);
}

}  // namespace loopscope::trace
