// Puts what a timeline shows into its rows, behind the thread that replays and in the order in which that one told it: in
// blocks of some thousand, each by whoever has time for it. What comes out does not depend on who did it, nor when.
// Blocks come from TimelineRows, on the thread that replays; they are filled in there or on BatchOpener's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::trace {

// One of a timeline's rows, as a number.
class RowNumber {
 public:
  static RowNumber spans(std::uint32_t thread, std::size_t depth) {
    return RowNumber(thread, static_cast<std::uint32_t>(depth));
  }
  static RowNumber calls(std::uint32_t thread) { return RowNumber(thread, kCalls); }
  static RowNumber ticks(model::LoopIndex loop) { return RowNumber(loop, kTicks); }
  static RowNumber polls(model::LoopIndex loop) { return RowNumber(loop, kPolls); }

  RowNumber() = default;
  // That row; there from now on, if it was not.
  model::IntervalRow& in(model::Timeline& timeline) const;

 private:
  static constexpr std::uint32_t kCalls = model::kMaxSpanDepth;
  static constexpr std::uint32_t kTicks = kCalls + 1;
  static constexpr std::uint32_t kPolls = kCalls + 2;
  static constexpr int kBits = 5;
  static_assert(kPolls < 1U << kBits);

  // What is beyond 134 million threads or loops shares their rows.
  RowNumber(std::uint32_t owner, std::uint32_t which) : number_(owner << kBits | which) {}

  std::uint32_t number_ = 0;
};

// What was told one after the other: 160 KB, so that those under way stay in a cache.
class RowBlock {
 public:
  void interval(RowNumber row, Time begin, Nanos duration, model::TaskIndex task, Nanos lag) {
    Interval& interval = intervals_[interval_count_++];
    interval.begin = begin;
    interval.duration = narrow(duration);
    interval.lag = lag == model::IntervalRow::kNoLag ? kNoLag : narrow(lag);
    interval.task = task;
    interval.row = row;
  }
  void task_created(std::uint32_t site, Time at) { changes_[change_count_++] = {at, model::kNoTask, site}; }
  void task_finished(model::TaskIndex task, std::uint32_t site, Time at) {
    changes_[change_count_++] = {at, task, site};
  }
  // Takes no more.
  bool full() const { return interval_count_ == kEntries || change_count_ == kEntries; }

  // Into its place; afterwards it is empty.
  void fill(model::Timeline& timeline);

 private:
  static constexpr std::size_t kEntries = 4096;
  static constexpr std::uint32_t kWide = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t kNoLag = kWide - 1;

  struct Interval {
    Time begin = 0;
    std::uint32_t duration = 0;  // kWide: the next of wide_
    std::uint32_t lag = 0;       // likewise, after the duration
    model::TaskIndex task = model::kNoTask;
    RowNumber row;
  };
  // Of who is pending.
  struct Change {
    Time at = 0;
    model::TaskIndex task = model::kNoTask;  // that finished; else one was created
    std::uint32_t site = 0;
  };

  std::uint32_t narrow(Nanos nanos) {
    if (static_cast<std::uint64_t>(nanos) < kNoLag) [[likely]]
      return static_cast<std::uint32_t>(nanos);
    wide_.push_back(nanos);
    return kWide;
  }

  std::size_t interval_count_ = 0;
  std::size_t change_count_ = 0;
  std::vector<Nanos> wide_;
  std::array<Interval, kEntries> intervals_;
  std::array<Change, kEntries> changes_;
};

class RowFiller {
 public:
  explicit RowFiller(model::Timeline& timeline) : timeline_(timeline) {}

  // From now on another thread asks for work(). Before that whoever hands a block over fills it in.
  void expect_help() { most_waiting_ = kMostWaiting; }

  // The block is filled in later, or now if too many wait. What comes back is empty.
  std::unique_ptr<RowBlock> hand_over(std::unique_ptr<RowBlock> block);

  // Any thread: whether blocks wait, and fills in the one that waits longest, if any does.
  bool has_work() const;
  bool work();

 private:
  // 5 MB: more than is told while the other thread unpacks a batch.
  static constexpr std::size_t kMostWaiting = 32;

  model::Timeline& timeline_;
  std::size_t most_waiting_ = 0;
  std::mutex filling_;  // of the timeline, and of being next; taken before the other
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<RowBlock>> waiting_;
  std::vector<std::unique_ptr<RowBlock>> spares_;
};

}  // namespace loopscope::trace
