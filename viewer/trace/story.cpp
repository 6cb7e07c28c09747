// Tasks, spans, and who handles what. Nearly all of the time that reading takes is spent in play().
#include "viewer/trace/story.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <protozero/exception.hpp>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "viewer/trace/loop_times.h"
#include "viewer/trace/ready_times.h"
#include "viewer/trace/remarks.h"
#include "viewer/trace/stalls.h"
#include "viewer/trace/timeline_rows.h"
#include "viewer/trace/track.h"
#include "viewer/trace/waits.h"

namespace loopscope::trace {

using namespace model;

namespace {

std::uint64_t weight_of(const Columns& columns) {
  const auto& count = columns.count;
  return count[kTaskCreated] * kTaskWeight +
         (count[kTaskReady] + count[kTaskDue] + count[kTaskFinished] + count[kTaskFinishedWith] +
          count[kTaskBytes]) *
             kPointBytes +
         (count[kSpanBegin] + count[kSpanBeginChained] + count[kSpanBeginLost]) * kPointBytes +
         (count[kAwaitBegin] + count[kCancelRequested]) * kEdgeBytes +
         (count[kContextSet] + count[kTaskRenamed] + count[kPauseBegin] + count[kGaugeSet]) * kTextBytes;
}

// On top, with a timeline: intervals, and an index a finish.
std::uint64_t timeline_weight_of(const Columns& columns) {
  const auto& count = columns.count;
  return (count[kSpanEnd] + count[kPollBegin] + count[kPollEnd] + count[kLoopLeft]) * kIntervalBytes +
         (count[kTaskFinished] + count[kTaskFinishedWith]) * sizeof(TaskIndex);
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

// Of the spans that run, the outermost one that holds its thread: inside of others a loop polls. Null if there is none.
const OpenSpan* holding(const Track& track) {
  const OpenSpan* const found = std::find_if(track.open.begin(), track.open.end(), [&](const OpenSpan& span) {
    return span.begin >= track.last_poll;
  });
  return found == track.open.end() ? nullptr : found;
}

LoopIndex index_of(const LoopState* loop) { return loop == nullptr ? kNoLoop : loop->index; }

template <class Tasks>
class StoryOf final : public Story {
 public:
  StoryOf(Trace& trace, Definitions& names, const TraceClock& clock, Watchdog& watchdog, ModelBudget& budget,
          Tasks& tasks, TaskKeeper& keeper, TimelineRows* rows);

  std::size_t add_track(std::uint32_t thread) override;
  bool open(std::size_t track, const BatchHeader& batch, const Columns& columns) override;
  bool play(std::size_t track, Time until, Time& next) override;
  void finish() override;

 private:
  // Tasks may be forgotten while their events come.
  static constexpr bool kForgets = !std::is_same_v<Tasks, TaskTable>;
  struct Finish {
    Time at = 0;
    model::Outcome outcome = model::Outcome::ok;
  };

  // A label, name or number of bytes, which has no time of its own and so may come before its task, from another thread.
  struct Remark {
    enum class Kind : std::uint8_t { label, name, bytes };
    Kind kind = Kind::label;
    std::uint64_t first = 0, second = 0;  // strings, or the bytes
  };
  static constexpr std::size_t kMostEarlyRemarks = 1u << 16;

  void adopt_open_spans(Track& track, const BatchHeader& batch);
  void play_rare(Track& track, std::uint8_t kind);
  void created(Track& track, Time now);
  void open_span(Track& track, const OpenSpan& span);
  void begin_span(Track& track, std::uint64_t id, Time now);
  void end_span(Track& track, Time now);
  void finished(std::uint64_t id, Finish how);
  void finished_before_created(std::uint64_t id, Finish how);
  void finished_with(Track& track);
  void settle(TaskIndex task, Finish how);
  void remark(std::uint64_t id, const Remark& remark);
  void transferred(TaskIndex task, std::uint64_t bytes);
  void what_came_early(std::uint64_t id, TaskIndex task);
  void ready(const Track& track, std::uint64_t id, Time at);
  void long_span(Track& track, const Span& span);
  void keep_span(const Span& span);
  void tick_over(Track& track, const LoopState& loop);
  void stalled(Track& track, Stall stall);
  void spans_are_stalls(Track& track);
  void still_open(Track& track);
  void still_busy(Track& track);
  void never_begun(const Track& held);
  Time name_samples(Track& track, Time until);
  std::size_t number_of(const Track& track) const {
    return static_cast<std::size_t>(&track - tracks_.data());
  }
  TaskIndex mentioned(std::uint64_t id);

  Trace& trace_;
  Definitions& names_;
  const TraceClock& clock_;
  Watchdog& watchdog_;
  ModelBudget& budget_;
  Tasks& tasks_;
  TaskKeeper& keeper_;
  Site* sites_;  // all of them are known before the first event
  std::vector<Track> tracks_;
  TimelineRows* rows_;  // null: no timeline is wanted
  LoopTimes loops_;
  Remarks remarks_;
  ReadyTimes ready_;
  Stalls stalls_;
  Waits waits_;
  std::unordered_set<std::uint32_t> loop_tids_;  // of the threads that loops were defined on

  std::uint64_t pending_ = 0;
  // Of tasks not created yet.
  std::unordered_map<std::uint64_t, Finish> early_finishes_;
  std::unordered_multimap<std::uint64_t, Remark> early_remarks_;
  std::vector<Span>& longest_;      // a heap, the shortest on top
  Nanos keep_longer_than_ = -1;     // a span that is to be among them
  Nanos look_at_longer_than_ = -1;  // a span that is, or is a stall
};

template <class Tasks>
StoryOf<Tasks>::StoryOf(Trace& trace, Definitions& names, const TraceClock& clock, Watchdog& watchdog,
                        ModelBudget& budget, Tasks& tasks, TaskKeeper& keeper, TimelineRows* rows)
    : trace_(trace),
      names_(names),
      clock_(clock),
      watchdog_(watchdog),
      budget_(budget),
      tasks_(tasks),
      keeper_(keeper),
      sites_(trace.sites.data()),
      rows_(rows),
      loops_(trace, rows),
      remarks_(trace, names, budget),
      stalls_(trace, watchdog, keeper),
      waits_(trace, keeper),
      longest_(trace.longest_spans) {
  if constexpr (kForgets) remarks_.keep_few();
  for (const Loop& loop : trace.loops) {
    if (loop.tid != 0) loop_tids_.insert(loop.tid);
  }
}

template <class Tasks>
std::size_t StoryOf<Tasks>::add_track(std::uint32_t thread) {
  Track& track = tracks_.emplace_back();
  track.thread = thread;
  track.runs_loops = loop_tids_.contains(trace_.threads[thread].tid);
  track.seen = watchdog_.of(thread);
  if (track.seen != nullptr && !track.seen->samples.empty()) track.sample_at = track.seen->samples.front().at;
  return tracks_.size() - 1;
}

template <class Tasks>
bool StoryOf<Tasks>::open(std::size_t index, const BatchHeader& batch, const Columns& columns) {
  if (!budget_.spend(weight_of(columns))) return false;
  if (rows_ != nullptr && !budget_.spend(timeline_weight_of(columns))) return false;
  Track& track = tracks_[index];
  track.columns = columns;
  track.at = 0;
  track.now = clock_.at(batch.base_ticks);
  track.created_id = batch.min_task;
  track.task_id = batch.min_task;
  track.byte_task_id = batch.min_task;
  if (track.sample_at < track.now) name_samples(track, track.now);
  adopt_open_spans(track, batch);
  trace_.events += columns.events;
  trace_.threads[track.thread].events += columns.events;
  return true;
}

// After a gap only the batch itself knows what was running.
template <class Tasks>
void StoryOf<Tasks>::adopt_open_spans(Track& track, const BatchHeader& batch) {
  std::vector<BatchOpenSpan> spans;
  try {
    spans = read_open_spans(batch.message);
  } catch (const protozero::exception&) {
    return;  // read_batch_header() went through the same bytes, so this is no loss of a sound batch
  }
  // A span of the same task may have begun anew in the gap. The two ways to its time may round differently.
  constexpr Nanos kSameTime = 100;
  const auto is_same = [&](const BatchOpenSpan& told, const OpenSpan& seen) {
    if (told.task != seen.id) return false;
    return told.begin_ticks == 0 || std::abs(clock_.at(told.begin_ticks) - seen.begin) <= kSameTime;
  };
  const bool same = std::equal(spans.begin(), spans.end(), track.open.begin(), track.open.end(), is_same);
  if (same) return;
  if constexpr (kForgets) {
    for (const OpenSpan& span : track.open) tasks_.unpin(span.task);
  }
  track.open.clear();
  for (const BatchOpenSpan& span : spans) {
    const bool known = span.begin_ticks != 0;
    open_span(track,
              {span.task, tasks_.find(span.task), known ? clock_.at(span.begin_ticks) : track.now, known});
  }
}

// The five events that make up most of a trace are handled here, with what they move kept in local variables; the
// others see the track as it is at their event.
template <class Tasks>
bool StoryOf<Tasks>::play(std::size_t index, Time until, Time& next) {
  Track& track = tracks_[index];
  const std::uint8_t* at = track.columns.kinds + track.at;
  const std::uint8_t* const end = track.columns.kinds + track.columns.events;
  const Time* times = track.columns.times;
  VarintColumn ids = track.columns.tasks;
  std::uint64_t id = track.task_id;
  Time now = track.now;
  // A sample before the next event is a reason to stop, too.
  Time stop = std::min(until, track.sample_at - 1);

  // To the time of the next event; false if that is later than `until`.
  const auto advance = [&]() __attribute__((always_inline)) {
    if (*times > stop) [[unlikely]] {
      if (*times > until) {
        next = *times;
        return false;
      }
      stop = std::min(until, name_samples(track, *times) - 1);
    }
    now = *times++;
    return true;
  };
  const auto next_id = [&]() __attribute__((always_inline)) {
    return id += static_cast<std::uint64_t>(ids.next_zigzag());
  };
  const auto put_back = [&]() __attribute__((always_inline)) {
    track.at = static_cast<std::size_t>(at - track.columns.kinds);
    track.columns.times = times;
    track.columns.tasks = ids;
    track.task_id = id;
    track.now = now;
  };

  for (; at != end; ++at) {
    switch (*at) {
      case kSpanBegin:
        if (!advance()) return put_back(), false;
        [[fallthrough]];
      case kSpanBeginChained: begin_span(track, next_id(), now); break;
      case kSpanEnd:
        if (!advance()) return put_back(), false;
        end_span(track, now);
        break;
      case kTaskCreated:
        if (!advance()) return put_back(), false;
        created(track, now);
        break;
      case kTaskFinished:
        if (!advance()) return put_back(), false;
        finished(next_id(), {now, model::Outcome::ok});
        break;
      default: {
        const std::uint8_t kind = *at;
        if (kind < kEventKinds && kColumnUse[kind].time != 0 && !advance()) return put_back(), false;
        put_back();
        play_rare(track, kind);
        ids = track.columns.tasks;
        id = track.task_id;
        break;
      }
    }
  }
  put_back();
  return true;
}

template <class Tasks>
void StoryOf<Tasks>::play_rare(Track& track, std::uint8_t kind) {
  Columns& columns = track.columns;
  VarintColumn& values = columns.values;
  const std::size_t index = number_of(track);
  const auto next_loop = [&]() -> LoopState& { return loops_.state(names_.loop(values.next(), trace_)); };
  switch (kind) {
    case kSpanBeginLost: {
      const std::uint64_t id = track.next_task();
      open_span(track, {id, tasks_.find(id), track.now, false});
      break;
    }
    case kTaskFinishedWith: finished_with(track); break;
    case kTaskReady: ready(track, track.next_task(), track.now); break;
    case kTaskDue: {
      const std::uint64_t id = track.next_task();
      ready(track, id, later(track.now, values.next()));
      break;
    }
    case kPollBegin: {
      LoopState& loop = next_loop();
      if (loop.awake && loop.track == index && track.now - loop.woken > trace_.stall_limit) {
        tick_over(track, loop);
      }
      spans_are_stalls(track);
      loops_.poll_begin(index, loop, track.now, values.next());
      track.loop = nullptr;
      track.last_poll = track.now;
      track.runs_loops = true;
      break;
    }
    case kPollEnd: {
      LoopState& loop = next_loop();
      spans_are_stalls(track);
      loops_.poll_end(index, loop, track.now, values.next());
      track.loop = &loop;
      track.last_poll = track.now;
      track.runs_loops = true;
      break;
    }
    case kLagSample: {
      LoopState& loop = next_loop();
      loops_.lag(loop, track.now, later(0, values.next()));
      break;
    }
    case kLoopClosed: next_loop().closed = true; break;
    case kLoopEntered: {
      LoopState& loop = next_loop();
      spans_are_stalls(track);
      loops_.entered(index, loop, track.now);
      track.loop = &loop;
      break;
    }
    case kLoopLeft:
      spans_are_stalls(track);
      loops_.left(next_loop(), track.now);
      track.loop = nullptr;
      break;
    case kAwaitBegin: {
      const std::uint64_t waiter = track.next_task();
      const std::uint64_t awaited = track.other_end(waiter);
      const SiteIndex site = names_.site(columns.sites.next());
      const TaskIndex to = awaited == 0 ? kNoTask : mentioned(awaited);
      if (awaited != 0 && to == kNoTask) {
        ++trace_.integrity.unmatched_events;
      } else {
        remarks_.await_begin(mentioned(waiter), to, track.now, site);
      }
      break;
    }
    case kAwaitEnd: {
      const std::uint64_t waiter = track.next_task();
      const std::uint64_t awaited = track.other_end(waiter);
      const TaskIndex to = awaited == 0 ? kNoTask : tasks_.find(awaited);
      if (awaited != 0 && to == kNoTask) {
        ++trace_.integrity.unmatched_events;
      } else {
        remarks_.await_end(tasks_.find(waiter), to, track.now);
      }
      break;
    }
    case kCancelRequested: {
      const std::uint64_t task = track.next_task();
      const std::uint64_t asker = track.other_end(task);
      const SiteIndex site = names_.site(columns.sites.next());
      remarks_.cancel_requested(mentioned(task), asker == 0 ? kNoTask : mentioned(asker), track.now, site);
      break;
    }
    case kContextSet: {
      const std::uint64_t id = track.next_task();
      const std::uint64_t key = values.next();
      remark(id, {Remark::Kind::label, key, values.next()});
      break;
    }
    case kTaskRenamed: {
      const std::uint64_t id = track.next_task();
      remark(id, {Remark::Kind::name, values.next(), 0});
      break;
    }
    case kTaskBytes: {
      const std::uint64_t id = track.next_byte_task();
      remark(id, {Remark::Kind::bytes, columns.byte_counts.next(), 0});
      break;
    }
    case kGaugeSet: {
      double number = 0;
      std::memcpy(&number, columns.numbers, sizeof number);
      columns.numbers += sizeof number;
      remarks_.gauge_set(values.next(), track.now, number);
      break;
    }
    case kPauseBegin: remarks_.pause_begin(track, values.next()); break;
    case kPauseEnd: remarks_.pause_end(track); break;
    default: break;  // of a later version: it takes no field from a column known here
  }
}

// The task with that number, of which a remark is made.
template <class Tasks>
TaskIndex StoryOf<Tasks>::mentioned(std::uint64_t id) {
  const TaskIndex task = tasks_.find(id);
  if constexpr (kForgets) tasks_.mentioned(task);
  return task;
}

template <class Tasks>
inline void StoryOf<Tasks>::created(Track& track, Time now) {
  track.created_id += static_cast<std::uint64_t>(track.columns.created.next_zigzag());
  const std::uint64_t id = track.created_id;
  const std::uint64_t parent = track.other_end(id);
  const SiteIndex site = names_.site(track.columns.sites.next());
  // Slots are wanted here, and nobody has one in hand that is not pinned.
  if constexpr (kForgets) tasks_.forget_old(ready_, remarks_);
  TaskIndex parent_task = kNoTask;
  if (parent != 0) {
    const bool runs = !track.open.empty() && track.open.back().id == parent;
    if (runs) parent_task = track.open.back().task;
    if (parent_task == kNoTask) parent_task = tasks_.find(parent);
  }
  const TaskIndex task = id == 0 ? kNoTask : tasks_.add(id, now, parent_task, site);
  if (task == kNoTask) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  ++sites_[site].created;
  if (rows_ != nullptr) rows_->task_created(site, now);
  ++pending_;
  if (pending_ > trace_.peak_pending) trace_.peak_pending = pending_;
  if (!early_finishes_.empty() || !early_remarks_.empty()) [[unlikely]]
    what_came_early(id, task);
}

template <class Tasks>
void StoryOf<Tasks>::what_came_early(std::uint64_t id, TaskIndex task) {
  const auto [first, last] = early_remarks_.equal_range(id);
  for (auto early = first; early != last; ++early) remark(id, early->second);
  early_remarks_.erase(first, last);
  if (const auto early = early_finishes_.find(id); early != early_finishes_.end()) {
    settle(task, early->second);
    early_finishes_.erase(early);
  }
}

template <class Tasks>
void StoryOf<Tasks>::remark(std::uint64_t id, const Remark& remark) {
  const TaskIndex task = tasks_.find(id);
  if (task == kNoTask) {
    if (early_remarks_.size() < kMostEarlyRemarks) {
      early_remarks_.emplace(id, remark);
    } else {
      ++trace_.integrity.unmatched_events;
    }
    return;
  }
  switch (remark.kind) {
    case Remark::Kind::label: remarks_.labelled(mentioned(id), remark.first, remark.second); break;
    case Remark::Kind::name: remarks_.renamed(mentioned(id), remark.first); break;
    case Remark::Kind::bytes: transferred(task, remark.first); break;
  }
}

template <class Tasks>
void StoryOf<Tasks>::transferred(TaskIndex task, std::uint64_t bytes) {
  Site& site = sites_[tasks_.site(task)];
  site.with_bytes += tasks_.add_bytes(task, bytes);
  site.bytes = add_bytes(site.bytes, bytes);
}

template <class Tasks>
void StoryOf<Tasks>::ready(const Track& track, std::uint64_t id, Time at) {
  const TaskIndex task = tasks_.find(id);
  if (task == kNoTask) {
    ++trace_.integrity.unmatched_events;
  } else {
    ready_.set(task, at, static_cast<std::uint32_t>(number_of(track)));
  }
}

template <class Tasks>
inline void StoryOf<Tasks>::open_span(Track& track, const OpenSpan& span) {
  track.open.push(span);
  if constexpr (kForgets) tasks_.pin(span.task);
}

template <class Tasks>
inline void StoryOf<Tasks>::begin_span(Track& track, std::uint64_t id, Time now) {
  const TaskIndex task = tasks_.find(id);
  const bool outermost = track.open.empty();
  open_span(track, {id, task, now, true});
  if (task == kNoTask) [[unlikely]]
    ++trace_.integrity.unmatched_events;

  Time since = ready_.take(task);
  const bool told = since != kNever;
  TaskTable::Start start{std::numeric_limits<Time>::min(), kNoSite, false};
  if (task != kNoTask) [[likely]]
    start = tasks_.start(task);
  if (start.first) sites_[start.site].queue_delay.add(now - (told ? since : start.created));
  if (since < track.held_until && track.runs_loops) [[unlikely]]
    waits_.waited(number_of(track), {task, id}, since, now);
  // A span inside another one runs when that one calls it, which says nothing about the loop; nor does a call.
  if (track.loop == nullptr || (!outermost && !told)) return;
  if (start.first && (sites_[start.site].flags & kSynchronous) != 0) return;
  if (!told) {
    const Time woken = track.loop->woken;
    since = std::max(woken, start.created);
    // What was there when the poll ended waits for what runs before it in the tick, if the poll returned anything.
    if (woken < track.held_until && start.created <= woken && track.loop->delivered != 0) [[unlikely]]
      waits_.waited_since_poll(number_of(track), {task, id}, woken, now);
  }
  // What was due before anybody ran the loop waited for the program's start, not for the loop.
  const Nanos lag = std::max<Nanos>(now - std::max(since, track.loop->begun), 0);
  track.open.set_lag(lag);
  loops_.lag(*track.loop, now, lag);
}

template <class Tasks>
inline void StoryOf<Tasks>::end_span(Track& track, Time now) {
  if (track.open.empty()) [[unlikely]] {
    ++trace_.integrity.unmatched_events;
    return;
  }
  const OpenSpan span = track.open.back();
  track.open.pop();
  const TaskIndex task = span.task != kNoTask ? span.task : tasks_.find(span.id);
  const Nanos duration = span.begin_known ? std::max<Nanos>(now - span.begin, 0) : 0;
  Site& site = sites_[task == kNoTask ? kNoSite : tasks_.add_span(task, duration)];
  ++site.spans;
  if (span.begin_known) [[likely]] {
    site.run_ns = add_saturating(site.run_ns, duration);
    site.span.add(duration);
    if (duration > look_at_longer_than_)
      long_span(track, {span.begin, duration, task, track.thread, index_of(track.loop)});
  }
  if (rows_ != nullptr) rows_->span(track, span, now, task);
  if constexpr (kForgets) tasks_.unpin(span.task);
}

// It has just ended.
template <class Tasks>
void StoryOf<Tasks>::long_span(Track& track, const Span& span) {
  if (span.duration > keep_longer_than_) keep_span(span);
  if (span.duration <= trace_.stall_limit) return;
  if (span.begin < track.last_poll) return;  // a loop polled inside of it
  // Part of another one, unless that one is such a span.
  if (!track.open.empty() && track.open.back().begin >= track.last_poll) return;
  Stall stall;
  stall.begin = span.begin;
  stall.duration = span.duration;
  stall.loop = span.loop;
  stall.task = span.task;
  stalled(track, stall);
}

// The loop is about to poll, after a tick over the limit.
template <class Tasks>
void StoryOf<Tasks>::tick_over(Track& track, const LoopState& loop) {
  const Nanos busy = track.now - loop.woken;
  Nanos in_spans = 0;
  for (const Stall& span : track.spans_of_tick) in_spans += span.duration;
  if (in_spans == 0 && track.held_until > loop.woken) return;
  // Spans of it are the stalls, where they are most of it; else it is one itself, and they are a part of it.
  if (busy - in_spans <= trace_.stall_limit || 2 * in_spans >= busy) return;
  for (const Stall& span : track.spans_of_tick) keeper_.unpin(span.task);
  track.spans_of_tick.clear();
  waits_.forget_since(number_of(track), loop.woken);
  Stall stall;
  stall.begin = loop.woken;
  stall.duration = busy;
  stall.is_tick = true;
  stall.loop = loop.index;
  stalled(track, stall);
}

template <class Tasks>
void StoryOf<Tasks>::stalled(Track& track, Stall stall) {
  stall.thread = track.thread;
  const Time end = stall.begin + stall.duration;
  track.held_until = std::max(track.held_until, end);
  waits_.held(number_of(track), {stall.begin, end, stall.task,
                                 stall.task == kNoTask ? kNoSite : tasks_.site(stall.task), !stall.is_tick});
  const bool of_a_tick = track.loop != nullptr && track.loop->awake && stall.begin >= track.loop->woken;
  if (!stall.is_tick && of_a_tick) {
    keeper_.pin(stall.task);
    track.spans_of_tick.push_back(std::move(stall));
  } else {
    stalls_.add(std::move(stall));
  }
}

// The tick is over and no stall, or what becomes of it is not told.
template <class Tasks>
void StoryOf<Tasks>::spans_are_stalls(Track& track) {
  for (Stall& span : track.spans_of_tick) {
    const TaskIndex task = span.task;
    stalls_.add(std::move(span));
    keeper_.unpin(task);
  }
  track.spans_of_tick.clear();
}

// Gives the samples up to `until` the innermost task that runs, as the track stands. The answer is when the next is.
template <class Tasks>
Time StoryOf<Tasks>::name_samples(Track& track, Time until) {
  TaskIndex task = kNoTask;
  if (!track.open.empty()) {
    const OpenSpan& span = track.open.back();
    task = span.task != kNoTask ? span.task : tasks_.find(span.id);
  }
  std::vector<StallSample>& samples = track.seen->samples;
  while (track.next_sample < samples.size() && samples[track.next_sample].at <= until) {
    keeper_.pin(task);
    samples[track.next_sample++].task = task;
  }
  track.sample_at = track.next_sample < samples.size() ? samples[track.next_sample].at : kNever;
  return track.sample_at;
}

template <class Tasks>
void StoryOf<Tasks>::keep_span(const Span& span) {
  if (longest_.size() == kMaxLongSpans) {
    std::pop_heap(longest_.begin(), longest_.end(), longer);
    if constexpr (kForgets) tasks_.unpin(longest_.back().task);
    longest_.pop_back();
  }
  longest_.push_back(span);
  if constexpr (kForgets) tasks_.pin(span.task);
  std::push_heap(longest_.begin(), longest_.end(), longer);
  if (longest_.size() < kMaxLongSpans) return;
  keep_longer_than_ = longest_.front().duration;
  look_at_longer_than_ = std::min(keep_longer_than_, trace_.stall_limit);
}

template <class Tasks>
inline void StoryOf<Tasks>::finished(std::uint64_t id, Finish how) {
  const TaskIndex task = tasks_.find(id);
  if (task != kNoTask) [[likely]] {
    settle(task, how);
  } else {
    finished_before_created(id, how);
  }
}

template <class Tasks>
void StoryOf<Tasks>::finished_before_created(std::uint64_t id, Finish how) {
  if (!budget_.spend(kTaskWeight) || !early_finishes_.emplace(id, how).second) {
    ++trace_.integrity.unmatched_events;
  }
}

template <class Tasks>
void StoryOf<Tasks>::finished_with(Track& track) {
  const std::uint64_t id = track.next_task();
  const model::Outcome outcome = outcome_of(track.columns.values.next());
  const std::int64_t code = track.columns.values.next_zigzag();
  const std::uint64_t error = track.columns.values.next();
  finished(id, {track.now, outcome});
  if (outcome != model::Outcome::error) return;
  const TaskIndex task = tasks_.find(id);
  const bool kept = remarks_.failed(task, track.now, code, error);
  if constexpr (kForgets) {
    if (kept) tasks_.pin(task);
  }
}

template <class Tasks>
inline void StoryOf<Tasks>::settle(TaskIndex task, Finish how) {
  if (!tasks_.pending(task)) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  const Nanos life = tasks_.set_finished(task, how.at, how.outcome);
  --pending_;
  const SiteIndex at = tasks_.site(task);
  // Told before its creation: not earlier than that.
  if (rows_ != nullptr) rows_->task_finished(task, at, subtract_saturating(how.at, std::min<Nanos>(life, 0)));
  Site& site = sites_[at];
  ++site.finished;
  site.lifetime.add(life);
  if (how.outcome == model::Outcome::ok) [[likely]]
    return;
  site.failed += how.outcome == model::Outcome::error;
  site.cancelled += how.outcome == model::Outcome::cancelled;
  site.abandoned += how.outcome == model::Outcome::abandoned;
}

// A span holds the thread at the end of the trace.
template <class Tasks>
void StoryOf<Tasks>::still_open(Track& track) {
  const OpenSpan& span = *holding(track);
  if (!span.begin_known || trace_.end - span.begin <= trace_.stall_limit) return;
  Stall stall;
  stall.begin = span.begin;
  stall.duration = trace_.end - span.begin;
  stall.ended = false;
  stall.loop = index_of(track.loop);
  stall.task = span.task != kNoTask ? span.task : tasks_.find(span.id);
  stalled(track, stall);
  never_begun(track);
}

// No span does. That a tick went on after its last event only the watchdog knows: the program may have left the loop.
template <class Tasks>
void StoryOf<Tasks>::still_busy(Track& track) {
  const LoopState* const loop = track.loop;
  if (loop == nullptr || !loop->awake || loop->closed || loop->track != number_of(track)) return;
  if (track.held_until > loop->woken) return;
  Stall stall;
  Time end = track.now;
  if (track.seen != nullptr && !track.seen->sightings.empty() && !loops_.may_be_left(*loop)) {
    const Watchdog::Sighting& last = track.seen->sightings.back();
    if (last.begin >= loop->woken - trace_.stall_limit) {
      end = std::max(end, std::min(last.end, trace_.end));
      stall.ended = last.end != kNever;
    }
  }
  if (end - loop->woken <= trace_.stall_limit) return;
  stall.begin = loop->woken;
  stall.duration = end - loop->woken;
  stall.is_tick = true;
  stall.loop = loop->index;
  stalled(track, stall);
  if (!stall.ended) never_begun(track);
}

// Whoever was to begin on a track that is held to the trace's end waits to the end.
template <class Tasks>
void StoryOf<Tasks>::never_begun(const Track& held) {
  if (!held.runs_loops) return;
  const bool only_one =
      std::count_if(tracks_.begin(), tracks_.end(), [](const Track& track) { return track.runs_loops; }) == 1;
  ready_.for_each([&](TaskIndex task, Time at, std::uint32_t track) {
    // Timers start on their loop's thread. Whoever is woken from another one belongs to a loop that is known only if
    // there is no second.
    const bool here = track == number_of(held) || (only_one && !tracks_[track].runs_loops);
    if (here && at < trace_.end && tasks_.pending(task)) {
      waits_.waited(number_of(held), {task, tasks_.id(task)}, at, trace_.end);
    }
  });
}

template <class Tasks>
void StoryOf<Tasks>::finish() {
  trace_.integrity.unmatched_events += early_finishes_.size() + early_remarks_.size();
  for (const Track& track : tracks_) trace_.end = std::max(trace_.end, track.now);
  for (const Track& track : tracks_) {
    // Still running: as long as the trace knows.
    for (const OpenSpan& span : track.open) {
      const Nanos duration = trace_.end - span.begin;
      const bool worth = longest_.size() < kMaxLongSpans || duration > keep_longer_than_;
      if (span.begin_known && worth) {
        keep_span({span.begin, duration, span.task, track.thread, index_of(track.loop)});
      }
    }
  }
  for (Track& track : tracks_) {
    if (track.sample_at != kNever) name_samples(track, kNever);
    if (holding(track) != nullptr) {
      still_open(track);
    } else {
      still_busy(track);
    }
    spans_are_stalls(track);
  }
  stalls_.finish();
  remarks_.finish(tracks_);
  loops_.finish(tracks_);
  if (rows_ != nullptr) {
    for (const Track& track : tracks_) rows_->still_open(track, trace_.tasks);
    rows_->finish();
  }
  if constexpr (kForgets) {
    const std::vector<TaskIndex> number = tasks_.move_to(trace_.tasks);
    for (Span& span : longest_) {
      if (span.task != kNoTask) span.task = number[span.task];
    }
    remarks_.renumber(number);
    stalls_.renumber(number);
    waits_.renumber(number);
  }
  waits_.finish();
  std::sort(longest_.begin(), longest_.end(), [](const Span& a, const Span& b) {
    return a.duration != b.duration ? a.duration > b.duration : a.begin < b.begin;
  });
}

}  // namespace

std::unique_ptr<Story> make_story(Trace& trace, Definitions& names, const TraceClock& clock,
                                  Watchdog& watchdog, ModelBudget& budget, TimelineRows* rows) {
  static KeepsAll keeper;
  return std::make_unique<StoryOf<TaskTable>>(trace, names, clock, watchdog, budget, trace.tasks, keeper,
                                              rows);
}

std::unique_ptr<Story> make_streaming_story(Trace& trace, Definitions& names, const TraceClock& clock,
                                            Watchdog& watchdog, ModelBudget& budget, LiveTasks& tasks) {
  return std::make_unique<StoryOf<LiveTasks>>(trace, names, clock, watchdog, budget, tasks, tasks, nullptr);
}

}  // namespace loopscope::trace
