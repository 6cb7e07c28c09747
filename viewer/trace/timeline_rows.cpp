#include "viewer/trace/timeline_rows.h"

#include <algorithm>
#include <span>

namespace loopscope::trace {

using namespace model;

TimelineRows::TimelineRows(Trace& trace, ComingMemory& coming)
    : trace_(trace), timeline_(trace.timeline), coming_(coming) {
  timeline_.threads.resize(trace.threads.size());
  timeline_.loops.resize(trace.loops.size());
  any_blocking_ = std::any_of(trace.sites.begin(), trace.sites.end(),
                              [](const Site& site) { return site.is(kBlocking); });
}

bool TimelineRows::blocks(TaskIndex task) const {
  return task != kNoTask && trace_.sites[trace_.tasks.site(task)].is(kBlocking);
}

IntervalRow& TimelineRows::of_depth(std::uint32_t thread, std::size_t depth) {
  std::vector<IntervalRow>& rows = timeline_.threads[thread].spans;
  if (depth >= rows.size()) [[unlikely]]
    rows.resize(depth + 1);
  return rows[depth];
}

void TimelineRows::span_at(const Track& track, std::size_t depth, const OpenSpan& span, Time end,
                           TaskIndex task) {
  if (!span.begin_known) return;
  const Nanos duration = std::max<Nanos>(subtract_saturating(end, span.begin), 0);
  if (any_blocking_ && blocks(task)) {
    // A call inside of a call is waited for once.
    const std::size_t holders = std::min(depth, kMaxSpanDepth);
    const bool in_call = std::any_of(track.open.begin(), track.open.begin() + holders,
                                     [this](const OpenSpan& outer) { return blocks(outer.task); });
    if (!in_call) timeline_.threads[track.thread].calls.add(span.begin, duration, task, span.lag);
  } else if (depth < kMaxSpanDepth) {
    IntervalRow& row = of_depth(track.thread, depth);
    row.add(span.begin, duration, task, span.lag);
    if (row.at_border()) [[unlikely]] {
      for (const std::span<const std::byte> memory : row.coming()) coming_.add(memory);
    }
  }
}

void TimelineRows::still_open(const Track& track, const TaskTable& tasks) {
  std::size_t depth = 0;
  for (const OpenSpan& span : track.open) {
    const TaskIndex task = span.task != kNoTask ? span.task : tasks.find(span.id);
    span_at(track, depth++, span, trace_.end, task);
  }
}

void TimelineRows::finish() {
  timeline_.threads.resize(trace_.threads.size());
  timeline_.loops.resize(trace_.loops.size());
  timeline_.finish(trace_.tasks);
}

}  // namespace loopscope::trace
