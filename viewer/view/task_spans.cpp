#include "viewer/view/task_spans.h"

#include <algorithm>

namespace loopscope::view {
namespace {

// The first stretch that is searched; each next one is twice as long.
constexpr Nanos kFirstStretch = kMillisecond;
// So many steps between two looks at the stop token.
constexpr std::uint64_t kStride = 1U << 16;

void in_order(std::vector<TaskSpan>& spans) {
  std::stable_sort(spans.begin(), spans.end(),
                   [](const TaskSpan& a, const TaskSpan& b) { return a.begin < b.begin; });
}

TaskSpans from_longest(const model::Trace& trace, model::TaskIndex task, const SpanSearch& search) {
  TaskSpans found;
  for (const model::Span& span : trace.longest_spans) {
    if (++found.steps > search.most_steps || found.spans.size() == search.most_spans) break;
    if (span.task == task) found.spans.push_back({span.begin, span.duration, span.thread, std::nullopt});
  }
  in_order(found.spans);
  found.all = found.spans.size() >= trace.tasks.spans(task);
  return found;
}

class Search {
 public:
  Search(const model::Trace& trace, model::TaskIndex task, const SpanSearch& limits,
         const std::stop_token& stop)
      : trace_(trace), task_(task), limits_(limits), stop_(stop) {}

  TaskSpans run() {
    const Time created = trace_.tasks.created(task_);
    const Time last =
        trace_.tasks.pending(task_) ? std::max(trace_.end, created) : trace_.tasks.finished(task_);
    const Time end = add_saturating(last, 1);
    Time from = created;
    for (Nanos length = kFirstStretch; from < end && more(); length = add_saturating(length, length)) {
      const Time to = std::min(add_saturating(from, length), end);
      look_between(from, to);
      from = to;
    }
    in_order(found_.spans);
    if (found_.spans.size() > limits_.most_spans) found_.spans.resize(limits_.most_spans);
    found_.all = found_.spans.size() >= trace_.tasks.spans(task_);
    return found_;
  }

 private:
  bool more() const {
    return found_.spans.size() < std::min<std::size_t>(limits_.most_spans, trace_.tasks.spans(task_)) &&
           goes_on();
  }

  bool goes_on() const { return found_.steps < limits_.most_steps && !stopped_; }

  void step() {
    if (++found_.steps % kStride == 0) stopped_ = stop_.stop_requested();
  }

  // Row after row, each to the end of the stretch or to as many spans as are wanted: what another row has may be
  // earlier than what was found.
  void look_between(Time from, Time to) {
    const std::vector<model::ThreadRows>& threads = trace_.timeline.threads;
    for (std::uint32_t thread = 0; thread < threads.size(); ++thread) {
      for (const model::IntervalRow& row : threads[thread].spans) look_at(row, thread, from, to);
      look_at(threads[thread].calls, thread, from, to);
    }
  }

  void look_at(const model::IntervalRow& row, std::uint32_t thread, Time from, Time to) {
    if (row.empty() || !goes_on()) return;
    step();
    std::size_t of_row = 0;
    std::size_t at = row.first_beginning_from(from);
    for (; at < row.size() && row.begin(at) < to && of_row < limits_.most_spans && goes_on(); ++at) {
      step();
      if (row.task(at) != task_) continue;
      ++of_row;
      const Nanos lag = row.lag(at);
      found_.spans.push_back({row.begin(at), row.duration(at), thread,
                              lag == model::IntervalRow::kNoLag ? std::nullopt : std::optional(lag)});
    }
  }

  const model::Trace& trace_;
  model::TaskIndex task_;
  SpanSearch limits_;
  std::stop_token stop_;
  TaskSpans found_;
  bool stopped_ = false;
};

}  // namespace

TaskSpans spans_of_task(const model::Trace& trace, model::TaskIndex task, const SpanSearch& search,
                        const std::stop_token& stop) {
  if (task >= trace.tasks.size() || trace.tasks.spans(task) == 0) return {};
  if (!trace.timeline.kept) return from_longest(trace, task, search);
  return Search(trace, task, search, stop).run();
}

std::optional<Nanos> queue_of_task(const model::Trace& trace, model::TaskIndex task,
                                   std::uint64_t most_steps) {
  if (task >= trace.tasks.size() || !trace.timeline.kept) return std::nullopt;
  const TaskSpans found = spans_of_task(trace, task, {1, most_steps}, {});
  if (found.spans.empty()) return std::nullopt;
  const TaskSpan& first = found.spans.front();
  if (first.late) return *first.late;
  return std::max<Nanos>(subtract_saturating(first.begin, trace.tasks.created(task)), 0);
}

}  // namespace loopscope::view
