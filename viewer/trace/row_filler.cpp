#include "viewer/trace/row_filler.h"

#include <span>
#include <utility>

#include "viewer/trace/table_memory.h"

namespace loopscope::trace {

using namespace model;

namespace {

template <class T>
T& at_or_new(std::vector<T>& all, std::size_t at) {
  if (at >= all.size()) [[unlikely]]
    all.resize(at + 1);
  return all[at];
}

}  // namespace

IntervalRow& RowNumber::in(Timeline& timeline) const {
  const std::uint32_t owner = number_ >> kBits;
  const std::uint32_t which = number_ & ((1U << kBits) - 1);
  if (which < kCalls) return at_or_new(at_or_new(timeline.threads, owner).spans, which);
  switch (which) {
    case kCalls: return at_or_new(timeline.threads, owner).calls;
    case kTicks: return at_or_new(timeline.loops, owner).ticks;
    default: return at_or_new(timeline.loops, owner).polls;
  }
}

void RowBlock::fill(Timeline& timeline) {
  auto next_wide = wide_.begin();
  for (const Interval& interval : std::span(intervals_).first(interval_count_)) {
    IntervalRow& row = interval.row.in(timeline);
    const Nanos duration = interval.duration == kWide ? *next_wide++ : Nanos{interval.duration};
    Nanos lag = IntervalRow::kNoLag;
    if (interval.lag != kNoLag) lag = interval.lag == kWide ? *next_wide++ : Nanos{interval.lag};
    row.add(interval.begin, duration, interval.task, lag);
    if (row.at_border()) [[unlikely]] {
      for (const std::span<const std::byte> memory : row.coming()) make_present(memory);
    }
  }
  for (const Change& change : std::span(changes_).first(change_count_)) {
    if (change.task == kNoTask) {
      timeline.pending.task_created(change.site, change.at);
    } else {
      timeline.pending.task_finished(change.task, change.site, change.at);
    }
  }
  interval_count_ = change_count_ = 0;
  wide_.clear();
}

std::unique_ptr<RowBlock> RowFiller::hand_over(std::unique_ptr<RowBlock> block) {
  std::size_t waiting = 0;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(block));
    waiting = waiting_.size();
  }
  if (waiting > most_waiting_) work();
  {
    const std::lock_guard lock(mutex_);
    if (!spares_.empty()) {
      block = std::move(spares_.back());
      spares_.pop_back();
      return block;
    }
  }
  return std::make_unique<RowBlock>();
}

bool RowFiller::has_work() const {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

bool RowFiller::work() {
  const std::lock_guard in_order(filling_);
  std::unique_ptr<RowBlock> block;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return false;
    block = std::move(waiting_.front());
    waiting_.pop_front();
  }
  block->fill(timeline_);
  const std::lock_guard lock(mutex_);
  spares_.push_back(std::move(block));
  return true;
}

}  // namespace loopscope::trace
