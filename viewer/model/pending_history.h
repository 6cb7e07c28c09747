// How many tasks were pending at any instant, and of which sites: what a view that is scrubbed through time asks.
// Filled by viewer/trace while replaying, then immutable; read by views on any thread.
//
// A task that finished before it was created, which damaged traces tell, was pending for no time. In traces that do
// not create their tasks in the order of time, answers are near.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/task_table.h"

namespace loopscope::model {

class PendingHistory {
 public:
  static constexpr std::size_t kSlices = 65'536;
  static constexpr std::size_t kCheckpoints = 256;
  // Checkpoints weigh 4 bytes a site each: with more sites than this allows there are fewer of them.
  static constexpr std::size_t kMostCheckpointBytes = std::size_t{64} << 20;

  // Tasks created (finished) up to and at that instant. O(log n).
  std::uint64_t created_by(const TaskTable& tasks, Time at) const;
  std::uint64_t finished_by(const TaskTable& tasks, Time at) const;
  std::uint64_t pending_at(const TaskTable& tasks, Time at) const {
    const std::uint64_t created = created_by(tasks, at);
    const std::uint64_t finished = finished_by(tasks, at);
    return created > finished ? created - finished : 0;
  }

  // Least and most tasks pending at any instant of [from, to). Never too narrow; too wide by what else happens in the
  // slices (kSlices of the whole trace) at both its ends, if these are busy. What is outside of the time that was
  // expected (see start()) belongs to the first or the last slice.
  struct Extent {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    bool operator==(const Extent&) const = default;
  };
  Extent extent(const TaskTable& tasks, Time from, Time to) const;

  // By site: pending at that instant. Sites beyond the last that had a task by then may be missing. Costs what lies
  // between two of the checkpoints.
  std::vector<std::uint64_t> pending_by_site_at(const TaskTable& tasks, Time at) const;

  // Of one site at `points` instants, the last of them `to`, in equal distances from `from`; for sparklines. From
  // checkpoints alone, so a short burst may be missed.
  std::vector<std::uint64_t> curve_of_site(std::uint32_t site, Time from, Time to, std::size_t points) const;

  // The task that finished as number `at` of all, at < finished().
  std::size_t finished() const { return finishes_.size(); }
  TaskIndex finished_task(std::size_t at) const { return finishes_[at]; }
  // When that was, as far as this history goes: not before its creation.
  static Time finish_of(const TaskTable& tasks, TaskIndex task) {
    return std::max(tasks.finished(task), tasks.created(task));
  }

  // Filling, by the reader and the test builder only. Before the first event: how long the trace will be, as far as
  // one knows, and about how many tasks there will be.
  void start(Time begin, Time end, std::uint64_t tasks);
  // What start() took, for a caller who makes it present ahead of use.
  std::span<const std::byte> reserved() const {
    return std::as_bytes(std::span(finishes_.data(), finishes_.capacity()));
  }
  // In the order of time. One that comes late makes finish() sort and begin anew.
  void task_created(std::uint32_t site, Time at) {
    at_next_event(at);
    ++created_;
    ++pending_;
    if (pending_ > slices_[slice_].most) slices_[slice_].most = pending_;
    if (site >= by_site_.size()) [[unlikely]]
      by_site_.resize(site + 1);
    ++by_site_[site];
    if (--to_checkpoint_ == 0) [[unlikely]]
      checkpoint();
  }
  void task_finished(TaskIndex task, std::uint32_t site, Time at) {
    finishes_.push_back(task);
    count_finish(site, at);
  }
  // After the last event, before any question.
  void finish(const TaskTable& tasks);

 private:
  struct Slice {
    std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t most = 0;
    std::uint32_t created = 0;  // before its beginning
    std::uint32_t finished = 0;
  };
  struct Checkpoint {
    Time at = 0;
    std::uint32_t created = 0;
    std::uint32_t finished = 0;
    std::vector<std::uint32_t> pending;  // by site
  };

  struct Counts {
    std::uint64_t created = 0;
    std::uint64_t finished = 0;
  };

  void count_finish(std::uint32_t site, Time at) {
    at_next_event(at);
    ++finished_;
    --pending_;
    if (pending_ < slices_[slice_].least) slices_[slice_].least = pending_;
    --by_site_[site];
    if (--to_checkpoint_ == 0) [[unlikely]]
      checkpoint();
  }
  void at_next_event(Time at) {
    if (at >= slice_end_ || at < last_at_) [[unlikely]]
      turn_to(at);
    last_at_ = at;
  }
  void turn_to(Time at);
  void enter(std::size_t slice);
  void checkpoint();
  void begin_anew();
  std::size_t slice_of(Time at) const;
  std::uint64_t events_of(std::size_t slice) const;
  Extent walk(const TaskTable& tasks, const Counts& from, const Counts& to) const;
  Extent part_of(const TaskTable& tasks, std::size_t slice, Time from, Time last, bool looking) const;

  std::vector<TaskIndex> finishes_;

  Time begin_ = 0;
  Nanos slice_length_ = 1;
  std::vector<Slice> slices_;
  std::vector<Checkpoint> checkpoints_;

  // Where filling has come to.
  std::size_t slice_ = 0;
  Time slice_end_ = 0;
  Time last_at_ = std::numeric_limits<Time>::min();
  bool in_order_ = true;
  std::uint32_t created_ = 0;
  std::uint32_t finished_ = 0;
  std::uint32_t pending_ = 0;
  std::vector<std::uint32_t> by_site_;
  std::uint64_t every_ = 1;  // events from one checkpoint to the next
  std::uint64_t to_checkpoint_ = 1;
};

}  // namespace loopscope::model
