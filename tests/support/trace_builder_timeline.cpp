// The timeline of a built trace, as the reader fills it: the depth of a span is how many others hold it, loops poll
// between their ticks.
#include <algorithm>

#include "tests/support/trace_builder.h"

namespace loopscope::testing {

using namespace model;

namespace {

struct PlacedSpan {
  Time begin = 0;
  Nanos duration = 0;
  TaskIndex task = kNoTask;
  Nanos lag = IntervalRow::kNoLag;
  bool blocking = false;
  Time end() const { return add_saturating(begin, duration); }
};

void add_spans(std::vector<PlacedSpan>& spans, ThreadRows& rows) {
  std::stable_sort(spans.begin(), spans.end(), [](const PlacedSpan& a, const PlacedSpan& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.duration > b.duration;
  });
  std::vector<PlacedSpan> open;
  for (const PlacedSpan& span : spans) {
    while (!open.empty() && open.back().end() <= span.begin) open.pop_back();
    const bool in_call =
        std::any_of(open.begin(), open.end(), [](const auto& other) { return other.blocking; });
    const std::size_t depth = open.size();
    open.push_back(span);
    if (span.blocking) {
      if (!in_call) rows.calls.add(span.begin, span.duration, span.task, span.lag);
    } else if (depth < kMaxSpanDepth) {
      if (depth >= rows.spans.size()) rows.spans.resize(depth + 1);
      rows.spans[depth].add(span.begin, span.duration, span.task, span.lag);
    }
  }
}

}  // namespace

void TraceBuilder::build_timeline(Trace& trace) const {
  Timeline& timeline = trace.timeline;
  timeline.threads.resize(trace.threads.size());
  timeline.loops.resize(trace.loops.size());

  std::vector<std::vector<PlacedSpan>> spans(trace.threads.size());
  for (std::size_t at = 0; at < tasks_.size(); ++at) {
    const TaskSpec& spec = tasks_[at];
    const std::size_t thread = spec.loop_ == kNoLoop ? 0 : spec.loop_;
    if (thread >= spans.size()) continue;
    for (const TaskSpec::SpanSpec& span : spec.spans_) {
      const Nanos lag = lag_of(spec, span).value_or(IntervalRow::kNoLag);
      spans[thread].push_back({span.begin, span.duration, trace.tasks.find(at + 1), std::max(lag, Nanos{-1}),
                               trace.sites[spec.site_].is(kBlocking)});
    }
  }
  for (std::size_t thread = 0; thread < spans.size(); ++thread) {
    add_spans(spans[thread], timeline.threads[thread]);
  }

  std::vector<TickSpec> ticks = ticks_;
  std::stable_sort(ticks.begin(), ticks.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::vector<Time> polled_since(trace.loops.size(), trace.begin);
  const auto poll_until = [&](LoopIndex loop, Time until) {
    if (until >= polled_since[loop])
      timeline.loops[loop].polls.add(polled_since[loop], until - polled_since[loop]);
  };
  for (const TickSpec& tick : ticks) {
    poll_until(tick.loop, tick.begin);
    timeline.loops[tick.loop].ticks.add(tick.begin, tick.busy);
    polled_since[tick.loop] = tick.begin + tick.busy;
  }
  for (LoopIndex loop = 0; loop < trace.loops.size(); ++loop) {
    if (trace.loops[loop].ticks != 0) poll_until(loop, trace.end);
  }

  // In the order of creation, which is not that of finishes: the history sorts them itself.
  timeline.pending.start(trace.begin, trace.end, trace.tasks.size());
  for (TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    const SiteIndex site = trace.tasks.site(task);
    timeline.pending.task_created(site, trace.tasks.created(task));
    if (trace.tasks.pending(task)) continue;
    timeline.pending.task_finished(task, site, PendingHistory::finish_of(trace.tasks, task));
  }
  timeline.finish(trace.tasks);
}

}  // namespace loopscope::testing
