// Which row of a timeline each span, tick and poll belongs to, and who is pending. Told by Story and LoopTimes, event by
// event, if the reader was asked for a timeline; on the thread that replays. RowFiller puts it there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "viewer/model/trace.h"
#include "viewer/trace/row_filler.h"
#include "viewer/trace/track.h"

namespace loopscope::trace {

class TimelineRows {
 public:
  // `trace` has its sites, threads, begin and (expected) end already.
  explicit TimelineRows(model::Trace& trace);

  // Before the first event.
  void expect_tasks(std::uint64_t tasks) { timeline_.pending.start(trace_.begin, trace_.end, tasks); }

  // It was the innermost of the track until `end`, and is not on its stack any more. One whose beginning is not known
  // has no place.
  void span(const Track& track, const OpenSpan& span, Time end, model::TaskIndex task) {
    span_at(track, track.open.depth(), span, end, task);
  }
  // Those that still run at the trace's end.
  void still_open(const Track& track, const model::TaskTable& tasks);
  void tick(model::LoopIndex loop, Time begin, Nanos busy) {
    add(RowNumber::ticks(loop), begin, busy, model::kNoTask, model::IntervalRow::kNoLag);
  }
  void poll(model::LoopIndex loop, Time begin, Nanos waited) {
    add(RowNumber::polls(loop), begin, waited, model::kNoTask, model::IntervalRow::kNoLag);
  }
  void task_created(std::uint32_t site, Time at) {
    block_->task_created(site, at);
    if (block_->full()) [[unlikely]]
      hand_over();
  }
  void task_finished(model::TaskIndex task, std::uint32_t site, Time at) {
    block_->task_finished(task, site, at);
    if (block_->full()) [[unlikely]]
      hand_over();
  }

  RowFiller& filler() { return filler_; }

  // After all else, when nobody helps any more.
  void finish();

 private:
  void span_at(const Track& track, std::size_t depth, const OpenSpan& span, Time end, model::TaskIndex task) {
    if (!span.begin_known) return;
    const Nanos duration = std::max<Nanos>(subtract_saturating(end, span.begin), 0);
    if (any_blocking_ && blocks(task)) {
      call_at(track, depth, span, duration, task);
    } else if (depth < model::kMaxSpanDepth) {
      add(RowNumber::spans(track.thread, depth), span.begin, duration, task, span.lag);
    }
  }
  void call_at(const Track& track, std::size_t depth, const OpenSpan& span, Nanos duration,
               model::TaskIndex task);
  bool blocks(model::TaskIndex task) const;
  void add(RowNumber row, Time begin, Nanos duration, model::TaskIndex task, Nanos lag) {
    block_->interval(row, begin, duration, task, lag);
    if (block_->full()) [[unlikely]]
      hand_over();
  }
  void hand_over() { block_ = filler_.hand_over(std::move(block_)); }

  const model::Trace& trace_;
  model::Timeline& timeline_;
  RowFiller filler_;
  std::unique_ptr<RowBlock> block_ = std::make_unique<RowBlock>();  // what is being told
  bool any_blocking_ = false;                                       // a site does
};

}  // namespace loopscope::trace
