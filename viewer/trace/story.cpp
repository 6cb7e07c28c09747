// Tasks, spans, and who handles what.
#include "viewer/trace/story.h"

#include <algorithm>
#include <protozero/exception.hpp>
#include <utility>

namespace loopscope::trace {

using namespace model;

namespace {

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

Time later(Time at, std::uint64_t ns) {
  constexpr std::uint64_t kFar = std::uint64_t{1} << 58;
  return add_saturating(at, static_cast<Nanos>(std::min(ns, kFar)));
}

bool longer(const Span& a, const Span& b) { return a.duration > b.duration; }

}  // namespace

Story::Story(Trace& trace, Definitions& names, const TraceClock& clock, ModelBudget& budget)
    : trace_(trace),
      names_(names),
      clock_(clock),
      budget_(budget),
      loops_(trace),
      remarks_(trace, names, budget),
      longest_(trace.longest_spans) {}

std::size_t Story::add_track(std::uint32_t thread) {
  tracks_.emplace_back().thread = thread;
  return tracks_.size() - 1;
}

bool Story::open(std::size_t index, const BatchHeader& batch, const Columns& columns) {
  if (!budget_.spend(weight_of(columns))) return false;
  Track& track = tracks_[index];
  track.columns = columns;
  track.at = 0;
  track.ticks = batch.base_ticks;
  track.now = clock_.at(track.ticks, track.segment);
  track.created_id = batch.min_task;
  track.task_id = batch.min_task;
  adopt_open_spans(track, batch);
  trace_.events += columns.events;
  trace_.threads[track.thread].events += columns.events;
  return true;
}

// After a gap only the batch itself knows what was running.
void Story::adopt_open_spans(Track& track, const BatchHeader& batch) {
  std::vector<BatchOpenSpan> spans;
  try {
    spans = read_open_spans(batch.message);
  } catch (const protozero::exception&) {
    return;  // read_batch_header() went through the same bytes, so this is no loss of a sound batch
  }
  const bool same = std::equal(spans.begin(), spans.end(), track.open.begin(), track.open.end(),
                               [](const BatchOpenSpan& a, const OpenSpan& b) { return a.task == b.id; });
  if (same) return;
  track.open.clear();
  for (const BatchOpenSpan& span : spans) {
    const bool known = span.begin_ticks != 0;
    track.open.push_back(
        {span.task, trace_.tasks.find(span.task), known ? clock_.at(span.begin_ticks) : track.now, known});
  }
}

bool Story::play(std::size_t index, std::uint64_t until, std::uint64_t& next_ticks) {
  Track& track = tracks_[index];
  const Columns& columns = track.columns;
  while (track.at < columns.events) {
    const std::uint8_t kind = columns.kinds[track.at];
    if (kind < kEventKinds && kColumnUse[kind].time != 0) {
      const std::uint64_t ticks = track.ticks + columns.times.peek();
      if (ticks > until) {
        next_ticks = ticks;
        return false;
      }
      track.columns.times.next();
      if (ticks != track.ticks) {
        track.ticks = ticks;
        track.now = clock_.at(ticks, track.segment);
      }
    }
    ++track.at;
    play_event(track, kind);
  }
  return true;
}

void Story::play_event(Track& track, std::uint8_t kind) {
  VarintColumn& values = track.columns.values;
  switch (kind) {
    case kTaskCreated: created(track); break;
    case kSpanBegin:
    case kSpanBeginChained: begin_span(track, true); break;
    case kSpanBeginLost: begin_span(track, false); break;
    case kSpanEnd: end_span(track); break;
    case kTaskFinished: finished(track.next_task(), {track.now, model::Outcome::ok}); break;
    case kTaskFinishedWith: finished_with(track); break;
    case kTaskReady: ready(track.next_task(), track.now); break;
    case kTaskDue: {
      const std::uint64_t id = track.next_task();
      ready(id, later(track.now, values.next()));
      break;
    }
    case kPollBegin: {
      const LoopIndex loop = names_.loop(values.next(), trace_);
      loops_.poll_begin(static_cast<std::size_t>(&track - tracks_.data()), loop, track.now, values.next());
      track.loop = kNoLoop;
      break;
    }
    case kPollEnd: {
      const LoopIndex loop = names_.loop(values.next(), trace_);
      loops_.poll_end(static_cast<std::size_t>(&track - tracks_.data()), loop, track.now, values.next());
      track.loop = loop;
      break;
    }
    case kLagSample: {
      const LoopIndex loop = names_.loop(values.next(), trace_);
      loops_.lag(loop, track.now, later(0, values.next()));
      break;
    }
    case kLoopClosed: loops_.closed(names_.loop(values.next(), trace_)); break;
    case kAwaitBegin: remarks_.await_begin(track); break;
    case kAwaitEnd: remarks_.await_end(track); break;
    case kCancelRequested: remarks_.cancel_requested(track); break;
    case kContextSet: remarks_.context_set(track); break;
    case kGaugeSet: remarks_.gauge_set(track); break;
    case kPauseBegin: remarks_.pause_begin(track); break;
    case kPauseEnd: remarks_.pause_end(track); break;
    case kTaskRenamed: remarks_.renamed(track); break;
    default: break;  // of a later version: it takes no field from a column known here
  }
}

void Story::created(Track& track) {
  track.created_id += static_cast<std::uint64_t>(track.columns.created.next_zigzag());
  const std::uint64_t id = track.created_id;
  const std::uint64_t parent = track.other_end(id);
  const SiteIndex site_index = names_.site(track.columns.sites.next());
  if (id == 0 || trace_.tasks.find(id) != kNoTask || trace_.tasks.size() == kNoTask) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  const TaskIndex parent_index = parent == 0 ? kNoTask : trace_.tasks.find(parent);
  const TaskIndex task = trace_.tasks.add(id, track.now, parent_index, site_index);
  ++trace_.sites[site_index].created;
  trace_.peak_pending = std::max(trace_.peak_pending, ++pending_);
  if (early_finishes_.empty()) return;
  if (const auto early = early_finishes_.find(id); early != early_finishes_.end()) {
    settle(task, early->second);
    early_finishes_.erase(early);
  }
}

Time& Story::ready_since(TaskIndex task) {
  if (task >= ready_since_.size()) {
    ready_since_.resize(std::max<std::size_t>(task + 1, trace_.tasks.size()), kNever);
  }
  return ready_since_[task];
}

void Story::ready(std::uint64_t id, Time at) {
  const TaskIndex task = trace_.tasks.find(id);
  if (task == kNoTask) {
    ++trace_.integrity.unmatched_events;
  } else {
    ready_since(task) = at;
  }
}

void Story::begin_span(Track& track, bool begin_known) {
  const std::uint64_t id = track.next_task();
  const TaskIndex task = trace_.tasks.find(id);
  const bool outermost = track.open.empty();
  track.open.push_back({id, task, track.now, begin_known});
  if (!begin_known) return;
  if (task == kNoTask) ++trace_.integrity.unmatched_events;

  Time since = kNever;
  if (task < ready_since_.size()) since = std::exchange(ready_since_[task], kNever);
  const bool told = since != kNever;
  if (task != kNoTask && trace_.tasks.spans(task) == 0) {
    trace_.sites[trace_.tasks.site(task)].queue_delay.add(track.now -
                                                          (told ? since : trace_.tasks.created(task)));
  }
  // A span inside another one runs when that one calls it, which says nothing about the loop.
  if (track.loop == kNoLoop || (!outermost && !told)) return;
  if (!told) {
    since = loops_.woken(track.loop);
    if (task != kNoTask) since = std::max(since, trace_.tasks.created(task));
  }
  loops_.lag(track.loop, track.now, std::max<Nanos>(track.now - since, 0));
}

void Story::end_span(Track& track) {
  if (track.open.empty()) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  const OpenSpan span = track.open.back();
  track.open.pop_back();
  const TaskIndex task = span.task != kNoTask ? span.task : trace_.tasks.find(span.id);
  Site& site = trace_.sites[task == kNoTask ? kNoSite : trace_.tasks.site(task)];
  ++site.spans;
  const Nanos duration = span.begin_known ? std::max<Nanos>(track.now - span.begin, 0) : 0;
  if (task != kNoTask) trace_.tasks.add_span(task, duration);
  if (!span.begin_known) return;
  site.run_ns = add_saturating(site.run_ns, duration);
  site.span.add(duration);
  if (longest_.size() < kMaxLongSpans || duration > longest_.front().duration) {
    keep_span({span.begin, duration, task, track.thread, track.loop});
  }
}

void Story::keep_span(const Span& span) {
  if (longest_.size() == kMaxLongSpans) {
    std::pop_heap(longest_.begin(), longest_.end(), longer);
    longest_.pop_back();
  }
  longest_.push_back(span);
  std::push_heap(longest_.begin(), longest_.end(), longer);
}

void Story::finished(std::uint64_t id, Finish how) {
  const TaskIndex task = trace_.tasks.find(id);
  if (task != kNoTask) {
    settle(task, how);
  } else if (!budget_.spend(kTaskBytes) || !early_finishes_.emplace(id, how).second) {
    ++trace_.integrity.unmatched_events;
  }
}

void Story::finished_with(Track& track) {
  const std::uint64_t id = track.next_task();
  const model::Outcome outcome = outcome_of(track.columns.values.next());
  const std::int64_t code = track.columns.values.next_zigzag();
  const std::uint64_t error = track.columns.values.next();
  finished(id, {track.now, outcome});
  if (outcome == model::Outcome::error) remarks_.failed(trace_.tasks.find(id), track.now, code, error);
}

void Story::settle(TaskIndex task, Finish how) {
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

void Story::finish() {
  trace_.integrity.unmatched_events += early_finishes_.size();
  for (const Track& track : tracks_) trace_.end = std::max(trace_.end, track.now);
  for (const Track& track : tracks_) {
    // Still running: as long as the trace knows.
    for (const OpenSpan& span : track.open) {
      const Nanos duration = trace_.end - span.begin;
      const bool worth = longest_.size() < kMaxLongSpans || duration > longest_.front().duration;
      if (span.begin_known && worth) keep_span({span.begin, duration, span.task, track.thread, track.loop});
    }
  }
  remarks_.finish(tracks_);
  loops_.finish(tracks_);
  std::sort(longest_.begin(), longest_.end(), [](const Span& a, const Span& b) {
    return a.duration != b.duration ? a.duration > b.duration : a.begin < b.begin;
  });
}

}  // namespace loopscope::trace
