// Deriving what a reader derives, from times that a test gave.
#include "tests/support/trace_builder.h"

#include <algorithm>
#include <numeric>

namespace loopscope::testing {

using namespace model;

namespace {

std::size_t slice_of(const Trace& trace, Time at) {
  const Nanos length = std::max<Nanos>(trace.duration(), 1);
  const auto slice = static_cast<std::size_t>(static_cast<double>(std::max<Nanos>(at - trace.begin, 0)) /
                                              static_cast<double>(length) * static_cast<double>(kSlices));
  return std::min(slice, kSlices - 1);
}

Time slice_begin(const Trace& trace, std::size_t slice) {
  return trace.begin + static_cast<Time>(static_cast<double>(trace.duration()) * static_cast<double>(slice) /
                                         static_cast<double>(kSlices));
}

void add_lag(const Trace& trace, Loop& loop, Time at, Nanos lag, std::size_t times = 1) {
  loop.lag.add(lag, times);
  Nanos& worst = loop.worst_lag_by_slice[slice_of(trace, at)];
  worst = std::max(worst, lag);
}

std::uint64_t peak_of_pending(const TaskTable& tasks) {
  std::vector<std::pair<Time, int>> steps;  // at one instant, what ends goes before what begins
  for (TaskIndex task = 0; task < tasks.size(); ++task) {
    steps.emplace_back(tasks.created(task), 1);
    if (!tasks.pending(task)) steps.emplace_back(tasks.finished(task), -1);
  }
  std::sort(steps.begin(), steps.end());
  std::int64_t pending = 0;
  std::int64_t peak = 0;
  for (const auto& step : steps) {
    pending += step.second;
    peak = std::max(peak, pending);
  }
  return static_cast<std::uint64_t>(peak);
}

}  // namespace

TaskSpec TaskSpec::finished_at(Time at, Outcome outcome) const {
  TaskSpec spec = *this;
  spec.finished_ = at;
  spec.outcome_ = outcome;
  return spec;
}

TaskSpec TaskSpec::ready_at(Time at) const {
  TaskSpec spec = *this;
  spec.ready_ = at;
  return spec;
}

TaskSpec TaskSpec::ran(Time begin, Nanos duration) const {
  TaskSpec spec = *this;
  spec.spans_.push_back({begin, duration, ready_});
  spec.ready_ = kNever;
  return spec;
}

TaskSpec TaskSpec::child_of(std::uint64_t number) const {
  TaskSpec spec = *this;
  spec.parent_ = number;
  return spec;
}

TaskSpec TaskSpec::transferred(std::uint64_t bytes) const {
  TaskSpec spec = *this;
  spec.bytes_ = bytes;
  return spec;
}

TaskSpec TaskSpec::shifted(Nanos by) const {
  TaskSpec spec = *this;
  spec.created_ += by;
  if (spec.finished_ != kNever) spec.finished_ += by;
  for (SpanSpec& span : spec.spans_) {
    span.begin += by;
    if (span.ready != kNever) span.ready += by;
  }
  return spec;
}

TraceBuilder::TraceBuilder() {
  trace_.path = "test.pb";
  trace_.process.executable = "/usr/bin/program";
  trace_.process.argv = {"program"};
  trace_.process.pid = 4711;
  trace_.process.cpus = 2;
  trace_.process.clock = "monotonic, precise";
  trace_.sites.emplace_back();
  trace_.integrity.end_seen = true;
  trace_.end_reason = EndReason::exit;
  trace_.exit_code_known = true;
  trace_.end = 10 * kSecond;
}

TraceBuilder& TraceBuilder::lasting(Nanos duration) {
  trace_.end = trace_.begin + duration;
  return *this;
}

TraceBuilder& TraceBuilder::ended(EndReason reason, int exit_code_or_signal) {
  trace_.end_reason = reason;
  trace_.exit_code_known = reason == EndReason::exit;
  trace_.exit_code = reason == EndReason::exit ? exit_code_or_signal : 0;
  trace_.signal = reason == EndReason::signal ? exit_code_or_signal : 0;
  return *this;
}

TraceBuilder& TraceBuilder::without_end() {
  trace_.integrity.end_seen = false;
  return ended(EndReason::killed);
}

TraceBuilder& TraceBuilder::with_site(std::string kind, std::string file, std::uint32_t line,
                                      std::uint32_t flags, std::string function) {
  site_ = static_cast<SiteIndex>(trace_.sites.size());
  Site& site = trace_.sites.emplace_back();
  site.id = site_;
  site.kind = std::move(kind);
  site.flags = flags;
  return file.empty() ? *this : called_from(std::move(function), std::move(file), line);
}

TraceBuilder& TraceBuilder::called_from(std::string function, std::string file, std::uint32_t line) {
  Frame frame;
  frame.function = std::move(function);
  frame.file = std::move(file);
  frame.line = line;
  trace_.sites[site_].stack.push_back(std::move(frame));
  return *this;
}

TraceBuilder& TraceBuilder::named(std::string site_name) {
  trace_.sites[site_].name = std::move(site_name);
  return *this;
}

TraceBuilder& TraceBuilder::with_task(const TaskSpec& task) {
  tasks_.push_back(task);
  tasks_.back().site_ = site_;
  tasks_.back().loop_ = loop_;
  return *this;
}

TraceBuilder& TraceBuilder::with_proof(Time at, std::vector<std::uint64_t> never_resumable) {
  model::ReachabilityCheck check;
  check.at = at;
  check.suspended = check.unreachable = never_resumable.size();
  trace_.reachability_checks.push_back(std::move(check));
  for (const std::uint64_t number : never_resumable) proofs_.emplace_back(number, at);
  return *this;
}

TraceBuilder& TraceBuilder::with_tasks(std::size_t count, Spacing spacing, const TaskSpec& first) {
  for (std::size_t i = 0; i < count; ++i) with_task(first.shifted(static_cast<Nanos>(i) * spacing.period));
  return *this;
}

TraceBuilder& TraceBuilder::with_loop(std::string kind, std::string name, std::string thread) {
  loop_ = static_cast<LoopIndex>(trace_.loops.size());
  Loop& loop = trace_.loops.emplace_back();
  loop.id = loop_ + 1;
  loop.kind = std::move(kind);
  loop.name = std::move(name);
  loop.thread = thread;
  loop.tid = 4711 + loop_;
  loop.worst_lag_by_slice.resize(kSlices);
  loop.busy_by_slice.resize(kSlices);
  trace_.threads.push_back({loop.id, loop.tid, std::move(thread), 0});
  return *this;
}

TraceBuilder& TraceBuilder::off_loops() {
  loop_ = kNoLoop;
  return *this;
}

TraceBuilder& TraceBuilder::with_tick(Time begin, Nanos busy) {
  ticks_.push_back({loop_, begin, busy});
  return *this;
}

TraceBuilder& TraceBuilder::with_ticks(std::size_t count, Spacing spacing, Time first, Nanos busy) {
  for (std::size_t i = 0; i < count; ++i) with_tick(first + static_cast<Nanos>(i) * spacing.period, busy);
  return *this;
}

TraceBuilder& TraceBuilder::with_lag(Time at, Nanos lag, std::size_t times) {
  lags_.push_back({loop_, at, lag, times});
  return *this;
}

TraceBuilder& TraceBuilder::with_poll_delay(Nanos delay, std::size_t times) {
  trace_.loops[loop_].poll_delay.add(delay, times);
  return *this;
}

TraceBuilder& TraceBuilder::with_zero_timeout_polls(std::uint64_t polls) {
  trace_.loops[loop_].zero_timeout_polls += polls;
  return *this;
}

TraceBuilder& TraceBuilder::with_empty_polls(std::uint64_t polls, Time from, Time to, Nanos busy) {
  empty_polls_.push_back({loop_, polls, from, to, busy});
  return *this;
}

TraceBuilder& TraceBuilder::with_await(std::uint64_t waiter, std::uint64_t awaited, Time begin, Time end) {
  Edge edge;
  edge.kind = Edge::Kind::await;
  edge.begin = begin;
  edge.end = end;
  edge.site = site_;
  edges_.push_back({edge, waiter, awaited});
  return *this;
}

TraceBuilder& TraceBuilder::with_cancel(std::uint64_t asker, std::uint64_t task, Time at) {
  Edge edge;
  edge.kind = Edge::Kind::cancel;
  edge.begin = at;
  edge.site = site_;
  edges_.push_back({edge, asker, task});
  return *this;
}

TraceBuilder& TraceBuilder::with_label(std::uint64_t task, std::string key, std::string value) {
  labels_.emplace_back(task, Label{kNoTask, std::move(key), std::move(value)});
  return *this;
}

TraceBuilder& TraceBuilder::with_gauge(std::string name, std::string unit,
                                       const std::vector<std::pair<Time, double>>& points) {
  GaugeSeries& series = trace_.gauges.emplace_back();
  series.name = std::move(name);
  series.unit = std::move(unit);
  for (const auto& [at, number] : points) {
    series.at.push_back(at);
    series.number.push_back(number);
  }
  return *this;
}

TraceBuilder& TraceBuilder::with_pause(std::string kind, Time begin, Nanos duration) {
  trace_.pauses.push_back({std::move(kind), begin, duration, 0});
  return *this;
}

TraceBuilder& TraceBuilder::with_loss(std::string reason, std::uint64_t events) {
  trace_.integrity.losses.push_back({std::move(reason), events, trace_.begin, trace_.end, ""});
  trace_.integrity.lost_events += events;
  return *this;
}

void TraceBuilder::build_tasks(Trace& trace) const {
  std::vector<std::size_t> order(tasks_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return tasks_[a].created_ < tasks_[b].created_; });
  for (const std::size_t at : order) {
    const TaskSpec& spec = tasks_[at];
    const TaskIndex parent = spec.parent_ == 0 ? kNoTask : trace.tasks.find(spec.parent_);
    const TaskIndex task = trace.tasks.add(at + 1, spec.created_, parent, spec.site_);
    Site& site = trace.sites[spec.site_];
    ++site.created;
    ++trace.events;
    if (spec.bytes_) {
      ++trace.events;
      trace.tasks.add_bytes(task, *spec.bytes_);
      ++site.with_bytes;
      site.bytes = add_bytes(site.bytes, *spec.bytes_);
    }
    if (spec.finished_ == kNever) continue;
    ++trace.events;
    trace.tasks.set_finished(task, spec.finished_, spec.outcome_);
    ++site.finished;
    site.failed += spec.outcome_ == Outcome::error;
    site.cancelled += spec.outcome_ == Outcome::cancelled;
    site.abandoned += spec.outcome_ == Outcome::abandoned;
    site.lifetime.add(subtract_saturating(spec.finished_, spec.created_));
  }
  trace.peak_pending = peak_of_pending(trace.tasks);
}

std::optional<Nanos> TraceBuilder::lag_of(const TaskSpec& spec, const TaskSpec::SpanSpec& span) const {
  if (spec.loop_ == kNoLoop) return {};
  if (span.ready != kNever) return span.begin - span.ready;
  // The tick that holds a span tells since when it could have run, if nothing better is known.
  std::optional<Time> woken;
  for (const TickSpec& tick : ticks_) {
    if (tick.loop == spec.loop_ && tick.begin <= span.begin && span.begin <= tick.begin + tick.busy)
      woken = tick.begin;
  }
  if (!woken) return {};
  return span.begin - std::max(*woken, spec.created_);
}

void TraceBuilder::build_spans(Trace& trace) const {
  for (std::size_t at = 0; at < tasks_.size(); ++at) {
    const TaskSpec& spec = tasks_[at];
    const TaskIndex task = trace.tasks.find(at + 1);
    Site& site = trace.sites[spec.site_];
    bool first = true;
    for (const TaskSpec::SpanSpec& span : spec.spans_) {
      trace.events += 2;
      trace.tasks.add_span(task, span.duration);
      ++site.spans;
      site.run_ns += span.duration;
      site.span.add(span.duration);
      const bool known = span.ready != kNever;
      if (first) site.queue_delay.add(span.begin - (known ? span.ready : spec.created_));
      first = false;
      Span kept{span.begin, span.duration, task, 0, spec.loop_};
      if (spec.loop_ != kNoLoop) {
        kept.thread = spec.loop_;
        if (const auto lag = lag_of(spec, span)) add_lag(trace, trace.loops[spec.loop_], span.begin, *lag);
      }
      trace.longest_spans.push_back(kept);
    }
  }
  std::stable_sort(trace.longest_spans.begin(), trace.longest_spans.end(),
                   [](const Span& a, const Span& b) { return a.duration > b.duration; });
  if (trace.longest_spans.size() > kMaxLongSpans) trace.longest_spans.resize(kMaxLongSpans);
}

void TraceBuilder::build_loops(Trace& trace) const {
  std::vector<Time> polled_since(trace.loops.size(), trace.begin);
  std::vector<std::vector<Nanos>> worst_tick(trace.loops.size(), std::vector<Nanos>(kSlices));
  std::vector<TickSpec> ticks = ticks_;
  std::stable_sort(ticks.begin(), ticks.end(),
                   [](const auto& a, const auto& b) { return a.begin < b.begin; });
  for (const TickSpec& tick : ticks) {
    Loop& loop = trace.loops[tick.loop];
    const Time end = tick.begin + tick.busy;
    ++loop.ticks;
    trace.events += 2;
    loop.idle_ns += std::max<Nanos>(tick.begin - polled_since[tick.loop], 0);
    loop.busy_ns += tick.busy;
    loop.tick_busy.add(tick.busy);
    loop.long_ticks.push_back({tick.begin, tick.busy});
    loop.first = trace.begin;
    loop.last = end;
    polled_since[tick.loop] = end;
    Nanos& worst = worst_tick[tick.loop][slice_of(trace, tick.begin)];
    worst = std::max(worst, tick.busy);
    for (std::size_t slice = slice_of(trace, tick.begin); slice < kSlices; ++slice) {
      const Time from = std::max(tick.begin, slice_begin(trace, slice));
      const Time to = slice + 1 == kSlices ? end : std::min(end, slice_begin(trace, slice + 1));
      if (from >= end) break;
      loop.busy_by_slice[slice] += std::max<Nanos>(to - from, 0);
    }
  }
  for (const LagSpec& lag : lags_) add_lag(trace, trace.loops[lag.loop], lag.at, lag.lag, lag.times);
  for (std::size_t at = 0; at < trace.loops.size(); ++at) {
    Loop& loop = trace.loops[at];
    // After its last tick the loop waits until the trace ends.
    if (loop.ticks != 0) {
      loop.idle_ns += std::max<Nanos>(trace.end - polled_since[at], 0);
      loop.last = std::max(loop.last, trace.end);
    }
    if (loop.lag.count() == 0 && loop.ticks != 0) {
      loop.lag = loop.tick_busy;
      loop.lag_from_ticks = true;
      loop.worst_lag_by_slice = worst_tick[at];
    }
    std::stable_sort(loop.long_ticks.begin(), loop.long_ticks.end(),
                     [](const Tick& a, const Tick& b) { return a.busy > b.busy; });
    if (loop.long_ticks.size() > kMaxLongTicks) loop.long_ticks.resize(kMaxLongTicks);
  }
}

void TraceBuilder::build_empty_polls(Trace& trace) const {
  for (const EmptyPollsSpec& spec : empty_polls_) {
    Loop& loop = trace.loops[spec.loop];
    loop.ticks += spec.polls;
    loop.zero_timeout_polls += spec.polls;
    loop.empty_polls += spec.polls;
    loop.tick_busy.add(spec.busy, spec.polls);
    loop.busy_ns += spec.busy * static_cast<Nanos>(spec.polls);
    loop.idle_ns += std::max<Nanos>(spec.to - spec.from - spec.busy * static_cast<Nanos>(spec.polls), 0);
    loop.last = std::max(loop.last, spec.to);
    loop.empty_polls_by_slice.resize(kSlices);
    const double each = static_cast<double>(spec.polls) / static_cast<double>(spec.to - spec.from);
    for (std::size_t slice = 0; slice < kSlices; ++slice) {
      const Time from = std::max(spec.from, slice_begin(trace, slice));
      const Time to = std::min(spec.to, slice_begin(trace, slice + 1));
      if (to <= from) continue;
      const auto polls = static_cast<std::uint64_t>(each * static_cast<double>(to - from) + 0.5);
      loop.empty_polls_by_slice[slice] += polls;
      loop.busy_by_slice[slice] += spec.busy * static_cast<Nanos>(polls);
    }
  }
}

Trace TraceBuilder::build() const {
  Trace trace = trace_;
  build_tasks(trace);
  build_spans(trace);
  build_loops(trace);
  build_empty_polls(trace);
  for (const EdgeSpec& spec : edges_) {
    Edge edge = spec.edge;
    edge.from = trace.tasks.find(spec.from);
    edge.to = trace.tasks.find(spec.to);
    trace.edges.push_back(edge);
  }
  for (const auto& [number, label] : labels_) {
    trace.labels.push_back(label);
    trace.labels.back().task = trace.tasks.find(number);
  }
  for (const auto& [number, at] : proofs_) trace.never_resumable.push_back({trace.tasks.find(number), at});
  std::sort(trace.never_resumable.begin(), trace.never_resumable.end(),
            [](const auto& a, const auto& b) { return a.task < b.task; });
  build_stalls(trace);
  build_timeline(trace);
  return trace;
}

}  // namespace loopscope::testing
