#include "viewer/view/task_arrows.h"

#include <algorithm>

namespace loopscope::view {
namespace {

constexpr std::size_t kMostSteps = 200'000;  // of all rows together: a few milliseconds
constexpr std::size_t kMostWaiters = 8;

}  // namespace

std::optional<SpanPlace> span_at(const model::Trace& trace, model::TaskIndex task, Time at) {
  std::optional<SpanPlace> found;
  const auto& threads = trace.timeline.threads;
  for (std::uint32_t thread = 0; thread < threads.size(); ++thread) {
    for (std::size_t depth = 0; depth < threads[thread].spans.size(); ++depth) {
      const model::IntervalRow& row = threads[thread].spans[depth];
      std::size_t interval = row.first_ending_after(at);
      // One that ends at that very instant is before it: what was created at the end of a span is its child, too.
      if (interval > 0 && row.end(interval - 1) == at && row.task(interval - 1) == task) --interval;
      if (interval == row.size() || row.begin(interval) > at || row.task(interval) != task) continue;
      found = SpanPlace{thread, depth, interval};
    }
  }
  return found;
}

std::optional<SpanPlace> first_span(const model::Trace& trace, model::TaskIndex task, Time from, Time to) {
  std::optional<SpanPlace> found;
  Time found_at = kNever;
  std::size_t steps = 0;
  const auto& threads = trace.timeline.threads;
  for (std::uint32_t thread = 0; thread < threads.size(); ++thread) {
    for (std::size_t depth = 0; depth < threads[thread].spans.size(); ++depth) {
      const model::IntervalRow& row = threads[thread].spans[depth];
      for (std::size_t at = row.first_beginning_from(from); at < row.size(); ++at) {
        const Time begin = row.begin(at);
        if (begin > to || begin >= found_at || ++steps > kMostSteps) break;
        if (row.task(at) != task) continue;
        found = SpanPlace{thread, depth, at};
        found_at = begin;
        break;
      }
    }
  }
  return found;
}

std::vector<TaskArrow> arrows_of(const model::Trace& trace, model::TaskIndex task) {
  std::vector<TaskArrow> arrows;
  if (task >= trace.tasks.size()) return arrows;
  const Time created = trace.tasks.created(task);
  const Time finished = std::min(trace.tasks.finished(task), trace.end);
  const auto& threads = trace.timeline.threads;
  const auto row_of = [&](const SpanPlace& place) -> const model::IntervalRow& {
    return threads[place.thread].spans[place.depth];
  };
  const std::optional<SpanPlace> own = first_span(trace, task, created, finished);
  if (!own) return arrows;
  const model::TaskIndex parent = trace.tasks.parent(task);
  if (parent < trace.tasks.size()) {
    if (const auto from = span_at(trace, parent, created)) {
      arrows.push_back({TaskArrow::Kind::creation, *from, created, *own, row_of(*own).begin(own->interval)});
    }
  }
  std::size_t waiters = 0;
  for (const model::Edge& edge : trace.edges) {
    if (edge.kind != model::Edge::Kind::await || edge.to != task || edge.from >= trace.tasks.size()) continue;
    if (edge.end == kNever || ++waiters > kMostWaiters) continue;
    const auto resumed = first_span(trace, edge.from, edge.end, trace.end);
    if (!resumed) continue;
    // From the last span of it that was over by then to the one in which the waiter went on.
    const auto last = span_at(trace, task, edge.end);
    const SpanPlace& from = last ? *last : *own;
    const Time from_at = last ? edge.end : row_of(*own).end(own->interval);
    arrows.push_back(
        {TaskArrow::Kind::await, from, from_at, *resumed, row_of(*resumed).begin(resumed->interval)});
  }
  return arrows;
}

}  // namespace loopscope::view
