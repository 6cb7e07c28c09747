// Merging threads by time, and what each event means.
#include "viewer/trace/replay.h"

#include <algorithm>
#include <cstring>
#include <protozero/exception.hpp>
#include <queue>
#include <utility>

namespace loopscope::trace {

using namespace model;

namespace {

// Unpacked batches of all threads together; with more than that, a thread plays its batch to the end out of turn.
constexpr std::uint64_t kMaxBufferBytes = std::uint64_t{256} << 20;
constexpr std::size_t kKeptBufferBytes = std::size_t{1} << 20;

// What one event leaves in the model, roughly, for the budget.
constexpr std::uint64_t kTaskBytes = 64;
constexpr std::uint64_t kEdgeBytes = 160;
constexpr std::uint64_t kTextBytes = 128;
constexpr std::uint64_t kPointBytes = 16;

std::uint64_t weight_of(const Columns& columns) {
  const auto& count = columns.count;
  return count[kTaskCreated] * kTaskBytes +
         (count[kTaskReady] + count[kTaskDue] + count[kTaskFinished] + count[kTaskFinishedWith]) *
             kPointBytes +
         (count[kSpanBegin] + count[kSpanBeginChained] + count[kSpanBeginLost]) * kPointBytes +
         (count[kAwaitBegin] + count[kCancelRequested]) * kEdgeBytes +
         (count[kContextSet] + count[kTaskRenamed] + count[kPauseBegin] + count[kGaugeSet]) * kTextBytes;
}

model::Outcome outcome_of(std::uint64_t number) {
  switch (number) {
    case 2: return model::Outcome::error;
    case 3: return model::Outcome::cancelled;
    case 4: return model::Outcome::abandoned;
    default: return model::Outcome::ok;
  }
}

std::int64_t from_zigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
}

Time later(Time at, std::uint64_t ns) {
  constexpr std::uint64_t kFar = std::uint64_t{1} << 58;
  return add_saturating(at, static_cast<Nanos>(std::min(ns, kFar)));
}

bool longer(const Span& a, const Span& b) { return a.duration > b.duration; }

}  // namespace

Replay::Replay(Trace& trace, Definitions& names, const TraceClock& clock, std::uint64_t budget_bytes)
    : trace_(trace), names_(names), clock_(clock), budget_left_(budget_bytes), longest_(trace.longest_spans) {
  const Nanos duration = std::max<Nanos>(trace.duration(), 1);
  slices_per_ns_ = static_cast<double>(kSlices) / static_cast<double>(duration);
}

void Replay::add(const BatchHeader& batch) {
  const auto [found, added] =
      stream_of_thread_.emplace(batch.thread, static_cast<std::uint32_t>(streams_.size()));
  if (added) streams_.emplace_back().thread = names_.thread(batch.thread, trace_);
  streams_[found->second].waiting.push_back(static_cast<std::uint32_t>(batches_.size()));
  created_promised_ += std::min(batch.created, kMaxRawBytes);
  batches_.push_back(batch);
}

Replay::Outcome Replay::play(const std::function<bool(std::size_t)>& go_on) {
  go_on_ = &go_on;
  trace_.tasks.reserve(std::min(created_promised_, budget_left_ / kTaskBytes));

  // The stream whose next event is the earliest; at one instant the thread seen first.
  using Turn = std::pair<std::uint64_t, std::uint32_t>;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  for (std::uint32_t i = 0; i < streams_.size(); ++i) {
    std::reverse(streams_[i].waiting.begin(), streams_[i].waiting.end());
    turns.emplace(batches_[streams_[i].waiting.back()].base_ticks, i);
  }
  while (!turns.empty() && outcome_ == Outcome::done) {
    const std::uint32_t stream = turns.top().second;
    turns.pop();
    const std::uint64_t limit = turns.empty() ? UINT64_MAX : turns.top().first;
    if (run(stream, limit)) turns.emplace(streams_[stream].next_ticks, stream);
  }
  finish_story();
  return outcome_;
}

// Plays events up to and at `limit`. True if there are more.
bool Replay::run(std::uint32_t index, std::uint64_t limit) {
  Stream& stream = streams_[index];
  for (;;) {
    if (!stream.batch_open) {
      if (!open_next(stream)) return false;
      if (stream.ticks > limit) {
        stream.next_ticks = stream.ticks;
        return true;
      }
    }
    const std::uint64_t until = buffer_bytes_ > kMaxBufferBytes ? UINT64_MAX : limit;
    const Columns& columns = stream.columns;
    while (stream.at < columns.events) {
      const std::uint8_t kind = columns.kinds[stream.at];
      if (kind < kEventKinds && kColumnUse[kind].time != 0) {
        const std::uint64_t ticks = stream.ticks + columns.times.peek();
        if (ticks > until) {
          stream.next_ticks = ticks;
          return true;
        }
        stream.columns.times.next();
        if (ticks != stream.ticks) {
          stream.ticks = ticks;
          stream.now = clock_.at(ticks, stream.segment);
        }
      }
      ++stream.at;
      play_event(stream, kind);
    }
    stream.batch_open = false;
    if (stream.waiting.empty() || stream.buffer.size() > kKeptBufferBytes ||
        buffer_bytes_ > kMaxBufferBytes) {
      give_back(stream.buffer);
    }
  }
}

void Replay::give_back(std::vector<char>& buffer) {
  buffer_bytes_ -= buffer.size();
  buffer = {};
}

// Opens the next good batch. False if there is none, or nothing is to be played any more.
bool Replay::open_next(Stream& stream) {
  while (!stream.waiting.empty() && outcome_ == Outcome::done) {
    if (*go_on_ && !(*go_on_)(played_)) {
      outcome_ = Outcome::cancelled;
      return false;
    }
    const BatchHeader& batch = batches_[stream.waiting.back()];
    stream.waiting.pop_back();
    ++played_;
    buffer_bytes_ -= stream.buffer.size();
    const bool sound = open_columns(batch, stream.buffer, stream.columns);
    buffer_bytes_ += stream.buffer.size();
    if (!sound) {
      ++trace_.integrity.damaged_packets;
      continue;
    }
    if (!spend(weight_of(stream.columns))) return false;
    stream.batch_open = true;
    stream.at = 0;
    stream.ticks = batch.base_ticks;
    stream.now = clock_.at(stream.ticks, stream.segment);
    stream.created_id = batch.min_task;
    stream.task_id = batch.min_task;
    adopt_open_spans(stream, batch);
    trace_.events += stream.columns.events;
    trace_.threads[stream.thread].events += stream.columns.events;
    return true;
  }
  return false;
}

bool Replay::spend(std::uint64_t bytes) {
  if (bytes > budget_left_) {
    outcome_ = Outcome::over_budget;
    return false;
  }
  budget_left_ -= bytes;
  return true;
}

std::string Replay::text(std::uint64_t string) {
  const std::string& found = names_.text(string);
  return spend(found.size()) ? found : std::string();
}

// After a gap only the batch itself knows what was running.
void Replay::adopt_open_spans(Stream& stream, const BatchHeader& batch) {
  std::vector<BatchOpenSpan> spans;
  try {
    spans = read_open_spans(batch.message);
  } catch (const protozero::exception&) {
    return;  // read_batch_header() went through the same bytes, so this is no loss of a sound batch
  }
  const bool same = std::equal(spans.begin(), spans.end(), stream.open.begin(), stream.open.end(),
                               [](const BatchOpenSpan& a, const OpenSpan& b) { return a.task == b.id; });
  if (same) return;
  stream.open.clear();
  for (const BatchOpenSpan& span : spans) {
    const bool known = span.begin_ticks != 0;
    stream.open.push_back(
        {span.task, trace_.tasks.find(span.task), known ? clock_.at(span.begin_ticks) : stream.now, known});
  }
}

std::uint64_t Replay::next_task(Stream& stream) {
  stream.task_id += static_cast<std::uint64_t>(stream.columns.tasks.next_zigzag());
  return stream.task_id;
}

std::uint64_t Replay::other_end(Stream& stream, std::uint64_t own) {
  const std::uint64_t coded = stream.columns.parents.next();
  return coded == 0 ? 0 : own - static_cast<std::uint64_t>(from_zigzag(coded - 1));
}

void Replay::play_event(Stream& stream, std::uint8_t kind) {
  Columns& columns = stream.columns;
  switch (kind) {
    case kTaskCreated: created(stream); break;
    case kSpanBegin:
    case kSpanBeginChained: begin_span(stream, true); break;
    case kSpanBeginLost: begin_span(stream, false); break;
    case kSpanEnd: end_span(stream); break;
    case kTaskFinished: finished(next_task(stream), {stream.now, model::Outcome::ok}); break;
    case kTaskFinishedWith: finished_with(stream); break;
    case kTaskReady: ready(next_task(stream), stream.now); break;
    case kTaskDue: {
      const std::uint64_t id = next_task(stream);
      ready(id, later(stream.now, columns.values.next()));
      break;
    }
    case kPollBegin: poll_begin(stream); break;
    case kPollEnd: poll_end(stream); break;
    case kAwaitBegin: await_begin(stream); break;
    case kAwaitEnd: await_end(stream); break;
    case kCancelRequested: cancel_requested(stream); break;
    case kContextSet: {
      const TaskIndex task = trace_.tasks.find(next_task(stream));
      const std::uint64_t key = columns.values.next();
      const std::uint64_t value = columns.values.next();
      trace_.labels.push_back({task, text(key), text(value)});
      break;
    }
    case kGaugeSet: gauge_set(stream); break;
    case kLagSample: {
      const LoopIndex loop = names_.loop(columns.values.next(), trace_);
      const std::uint64_t late_ns = columns.values.next();
      loop_state(loop);
      add_lag(loop, stream.now, later(0, late_ns));
      break;
    }
    case kPauseBegin:
      stream.pauses.push_back(trace_.pauses.size());
      trace_.pauses.push_back({text(columns.values.next()), stream.now, 0, stream.thread});
      break;
    case kPauseEnd:
      if (stream.pauses.empty()) {
        ++trace_.integrity.unmatched_events;
      } else {
        Pause& pause = trace_.pauses[stream.pauses.back()];
        pause.duration = stream.now - pause.begin;
        stream.pauses.pop_back();
      }
      break;
    case kLoopClosed: {
      LoopState& state = loop_state(names_.loop(columns.values.next(), trace_));
      state.closed = true;
      break;
    }
    case kTaskRenamed: {
      const TaskIndex task = trace_.tasks.find(next_task(stream));
      trace_.task_names.push_back({task, text(columns.values.next())});
      break;
    }
    default: break;  // of a later version: it takes no field from a column known here
  }
}

void Replay::created(Stream& stream) {
  stream.created_id += static_cast<std::uint64_t>(stream.columns.created.next_zigzag());
  const std::uint64_t id = stream.created_id;
  const std::uint64_t parent = other_end(stream, id);
  const SiteIndex site_index = names_.site(stream.columns.sites.next());
  if (id == 0 || trace_.tasks.find(id) != kNoTask || trace_.tasks.size() == kNoTask) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  const TaskIndex parent_index = parent == 0 ? kNoTask : trace_.tasks.find(parent);
  const TaskIndex task = trace_.tasks.add(id, stream.now, parent_index, site_index);
  ++trace_.sites[site_index].created;
  trace_.peak_pending = std::max(trace_.peak_pending, ++pending_);
  if (early_finishes_.empty()) return;
  if (const auto early = early_finishes_.find(id); early != early_finishes_.end()) {
    settle(task, early->second);
    early_finishes_.erase(early);
  }
}

Time& Replay::ready_since(TaskIndex task) {
  if (task >= ready_since_.size()) {
    ready_since_.resize(std::max<std::size_t>(task + 1, trace_.tasks.size()), kNever);
  }
  return ready_since_[task];
}

void Replay::ready(std::uint64_t id, Time at) {
  const TaskIndex task = trace_.tasks.find(id);
  if (task == kNoTask) {
    ++trace_.integrity.unmatched_events;
  } else {
    ready_since(task) = at;
  }
}

void Replay::begin_span(Stream& stream, bool begin_known) {
  const std::uint64_t id = next_task(stream);
  const TaskIndex task = trace_.tasks.find(id);
  const bool outermost = stream.open.empty();
  stream.open.push_back({id, task, stream.now, begin_known});
  if (!begin_known) return;
  if (task == kNoTask) ++trace_.integrity.unmatched_events;

  Time since = kNever;
  if (task < ready_since_.size()) since = std::exchange(ready_since_[task], kNever);
  const bool told = since != kNever;
  if (task != kNoTask && trace_.tasks.spans(task) == 0) {
    trace_.sites[trace_.tasks.site(task)].queue_delay.add(stream.now -
                                                          (told ? since : trace_.tasks.created(task)));
  }
  // A span inside another one runs when that one calls it, which says nothing about the loop.
  if (stream.loop == kNoLoop || (!outermost && !told)) return;
  if (!told) {
    since = loops_[stream.loop].woken;
    if (task != kNoTask) since = std::max(since, trace_.tasks.created(task));
  }
  add_lag(stream.loop, stream.now, std::max<Nanos>(stream.now - since, 0));
}

void Replay::end_span(Stream& stream) {
  if (stream.open.empty()) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  const OpenSpan span = stream.open.back();
  stream.open.pop_back();
  const TaskIndex task = span.task != kNoTask ? span.task : trace_.tasks.find(span.id);
  Site& site = trace_.sites[task == kNoTask ? kNoSite : trace_.tasks.site(task)];
  ++site.spans;
  const Nanos duration = span.begin_known ? std::max<Nanos>(stream.now - span.begin, 0) : 0;
  if (task != kNoTask) trace_.tasks.add_span(task, duration);
  if (!span.begin_known) return;
  site.run_ns = add_saturating(site.run_ns, duration);
  site.span.add(duration);
  if (longest_.size() < kMaxLongSpans || duration > longest_.front().duration) {
    keep_span({span.begin, duration, task, stream.thread, stream.loop});
  }
}

void Replay::keep_span(const Span& span) {
  if (longest_.size() == kMaxLongSpans) {
    std::pop_heap(longest_.begin(), longest_.end(), longer);
    longest_.pop_back();
  }
  longest_.push_back(span);
  std::push_heap(longest_.begin(), longest_.end(), longer);
}

void Replay::finished(std::uint64_t id, Finish how) {
  const TaskIndex task = trace_.tasks.find(id);
  if (task != kNoTask) {
    settle(task, how);
  } else if (!spend(kTaskBytes) || !early_finishes_.emplace(id, how).second) {
    ++trace_.integrity.unmatched_events;
  }
}

void Replay::finished_with(Stream& stream) {
  const std::uint64_t id = next_task(stream);
  const model::Outcome outcome = outcome_of(stream.columns.values.next());
  const std::int64_t code = stream.columns.values.next_zigzag();
  const std::uint64_t error = stream.columns.values.next();
  finished(id, {stream.now, outcome});
  if (outcome != model::Outcome::error || trace_.failures.size() == kMaxFailures) return;
  trace_.failures.push_back({trace_.tasks.find(id), stream.now, code, text(error)});
}

void Replay::settle(TaskIndex task, Finish how) {
  if (!trace_.tasks.pending(task)) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  trace_.tasks.set_finished(task, how.at, how.outcome);
  --pending_;
  Site& site = trace_.sites[trace_.tasks.site(task)];
  ++site.finished;
  site.failed += how.outcome == model::Outcome::error;
  site.cancelled += how.outcome == model::Outcome::cancelled;
  site.abandoned += how.outcome == model::Outcome::abandoned;
  site.lifetime.add(how.at - trace_.tasks.created(task));
}

Replay::LoopState& Replay::loop_state(LoopIndex loop) {
  if (loop >= loops_.size()) loops_.resize(loop + 1);
  LoopState& state = loops_[loop];
  if (!state.seen) {
    state.seen = true;
    state.worst_busy_by_slice.resize(kSlices);
    trace_.loops[loop].worst_lag_by_slice.resize(kSlices);
    trace_.loops[loop].busy_by_slice.resize(kSlices);
  }
  return state;
}

void Replay::poll_begin(Stream& stream) {
  const LoopIndex index = names_.loop(stream.columns.values.next(), trace_);
  const std::uint64_t timeout_plus_1 = stream.columns.values.next();
  LoopState& state = loop_state(index);
  Loop& loop = trace_.loops[index];
  if (!std::exchange(state.polled, true)) loop.first = stream.now;
  if (state.awake) add_tick(index, state.woken, stream.now);
  state.awake = false;
  state.polling = true;
  state.polling_since = stream.now;
  state.timeout_plus_1 = timeout_plus_1;
  state.stream = static_cast<std::uint32_t>(&stream - streams_.data());
  loop.zero_timeout_polls += timeout_plus_1 == 1;
  loop.last = stream.now;
  stream.loop = kNoLoop;
}

void Replay::poll_end(Stream& stream) {
  const LoopIndex index = names_.loop(stream.columns.values.next(), trace_);
  const std::uint64_t events = stream.columns.values.next();
  LoopState& state = loop_state(index);
  Loop& loop = trace_.loops[index];
  if (state.polling) {
    const Nanos waited = std::max<Nanos>(stream.now - state.polling_since, 0);
    loop.idle_ns = add_saturating(loop.idle_ns, waited);
    // A poll that was not to wait says nothing about how late the kernel wakes.
    if (events == 0 && state.timeout_plus_1 > 1) {
      const Nanos late = waited - later(0, state.timeout_plus_1 - 1);
      if (late >= 0) loop.poll_delay.add(late);
    }
  } else {
    ++trace_.integrity.unmatched_events;
    if (state.awake) add_tick(index, state.woken, stream.now);
  }
  if (!std::exchange(state.polled, true)) loop.first = stream.now;
  ++loop.ticks;
  loop.last = stream.now;
  state.polling = false;
  state.awake = true;
  state.woken = stream.now;
  state.stream = static_cast<std::uint32_t>(&stream - streams_.data());
  stream.loop = index;
}

std::size_t Replay::slice_of(Time at) const {
  const double slice = static_cast<double>(std::max<Nanos>(at - trace_.begin, 0)) * slices_per_ns_;
  return static_cast<std::size_t>(std::min(slice, static_cast<double>(kSlices - 1)));
}

Time Replay::slice_end(std::size_t slice) const {
  if (slice + 1 >= kSlices) return kNever;
  return trace_.begin + static_cast<Time>(static_cast<double>(slice + 1) / slices_per_ns_);
}

void Replay::add_lag(LoopIndex index, Time at, Nanos lag) {
  Loop& loop = trace_.loops[index];
  loop.lag.add(lag);
  Nanos& worst = loop.worst_lag_by_slice[slice_of(at)];
  worst = std::max(worst, lag);
}

void Replay::add_tick(LoopIndex index, Time begin, Time end) {
  Loop& loop = trace_.loops[index];
  const Nanos busy = std::max<Nanos>(end - begin, 0);
  loop.busy_ns = add_saturating(loop.busy_ns, busy);
  loop.tick_busy.add(busy);
  const std::size_t first = slice_of(begin);
  Nanos& worst = loops_[index].worst_busy_by_slice[first];
  worst = std::max(worst, busy);
  Time from = begin;
  for (std::size_t slice = first; slice < kSlices && from < end; ++slice) {
    const Time to = std::clamp(slice_end(slice), from, end);
    loop.busy_by_slice[slice] = add_saturating(loop.busy_by_slice[slice], to - from);
    from = to;
  }
  std::vector<Tick>& longest = loop.long_ticks;  // a heap, the shortest on top
  const auto longer_tick = [](const Tick& a, const Tick& b) { return a.busy > b.busy; };
  if (longest.size() == kMaxLongTicks) {
    if (busy <= longest.front().busy) return;
    std::pop_heap(longest.begin(), longest.end(), longer_tick);
    longest.pop_back();
  }
  longest.push_back({begin, busy});
  std::push_heap(longest.begin(), longest.end(), longer_tick);
}

void Replay::await_begin(Stream& stream) {
  const std::uint64_t waiter = next_task(stream);
  const std::uint64_t awaited = other_end(stream, waiter);
  Edge edge;
  edge.kind = Edge::Kind::await;
  edge.site = names_.site(stream.columns.sites.next());
  edge.from = trace_.tasks.find(waiter);
  edge.to = trace_.tasks.find(awaited);
  edge.begin = stream.now;
  if (edge.from == kNoTask || edge.to == kNoTask) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  open_awaits_[{edge.from, edge.to}].push_back(trace_.edges.size());
  trace_.edges.push_back(edge);
}

void Replay::await_end(Stream& stream) {
  const std::uint64_t waiter = next_task(stream);
  const std::uint64_t awaited = other_end(stream, waiter);
  const auto open = open_awaits_.find({trace_.tasks.find(waiter), trace_.tasks.find(awaited)});
  if (open == open_awaits_.end()) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  trace_.edges[open->second.back()].end = stream.now;
  open->second.pop_back();
  if (open->second.empty()) open_awaits_.erase(open);
}

void Replay::cancel_requested(Stream& stream) {
  const std::uint64_t task = next_task(stream);
  const std::uint64_t asker = other_end(stream, task);
  Edge edge;
  edge.kind = Edge::Kind::cancel;
  edge.site = names_.site(stream.columns.sites.next());
  edge.from = asker == 0 ? kNoTask : trace_.tasks.find(asker);
  edge.to = trace_.tasks.find(task);
  edge.begin = stream.now;
  if (edge.to == kNoTask) {
    ++trace_.integrity.unmatched_events;
  } else {
    trace_.edges.push_back(edge);
  }
}

void Replay::gauge_set(Stream& stream) {
  const std::uint32_t gauge = names_.gauge(stream.columns.values.next(), trace_);
  double number = 0;
  std::memcpy(&number, stream.columns.numbers, sizeof number);
  stream.columns.numbers += sizeof number;
  trace_.gauges[gauge].at.push_back(stream.now);
  trace_.gauges[gauge].number.push_back(number);
}

void Replay::finish_story() {
  trace_.integrity.unmatched_events += early_finishes_.size();
  for (const Stream& stream : streams_) {
    trace_.end = std::max(trace_.end, stream.now);
  }
  for (const Stream& stream : streams_) {
    // Still running: as long as the trace knows.
    for (const OpenSpan& span : stream.open) {
      const Nanos duration = trace_.end - span.begin;
      const bool worth = longest_.size() < kMaxLongSpans || duration > longest_.front().duration;
      if (span.begin_known && worth) keep_span({span.begin, duration, span.task, stream.thread, stream.loop});
    }
    for (const std::size_t pause : stream.pauses) {
      trace_.pauses[pause].duration = trace_.end - trace_.pauses[pause].begin;
    }
  }
  for (LoopIndex index = 0; index < loops_.size(); ++index) {
    LoopState& state = loops_[index];
    if (!state.seen) continue;
    Loop& loop = trace_.loops[index];
    const Stream& stream = streams_[state.stream];
    if (loop.tid == 0 && state.polled) {  // whoever defined it did not say: the thread that polled it
      loop.thread = trace_.threads[stream.thread].name;
      loop.tid = trace_.threads[stream.thread].tid;
    }
    if (state.awake) {
      // Inside a span it was busy to the end; else it may have left the loop after its last event.
      const Time until = stream.open.empty() || state.closed ? std::max(stream.now, state.woken) : trace_.end;
      add_tick(index, state.woken, until);
    } else if (state.polling && !state.closed) {
      loop.idle_ns = add_saturating(loop.idle_ns, std::max<Nanos>(trace_.end - state.polling_since, 0));
    }
    if (loop.lag.count() == 0 && loop.tick_busy.count() != 0) {
      loop.lag = loop.tick_busy;
      loop.lag_from_ticks = true;
      loop.worst_lag_by_slice = std::move(state.worst_busy_by_slice);
    }
    std::sort(loop.long_ticks.begin(), loop.long_ticks.end(), [](const Tick& a, const Tick& b) {
      return a.busy != b.busy ? a.busy > b.busy : a.begin < b.begin;
    });
  }
  std::sort(longest_.begin(), longest_.end(), [](const Span& a, const Span& b) {
    return a.duration != b.duration ? a.duration > b.duration : a.begin < b.begin;
  });
}

}  // namespace loopscope::trace
