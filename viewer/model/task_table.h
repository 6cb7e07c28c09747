// Tasks, indexed by a dense number in the order of creation. 20 million of them must fit: what is rarely asked is
// not stored per task, and how a task is packed into 28 bytes is this file's secret.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/task_numbers.h"
#include "viewer/model/wide_numbers.h"

namespace loopscope::model {

using TaskIndex = std::uint32_t;
inline constexpr TaskIndex kNoTask = UINT32_MAX;

enum class Outcome : std::uint8_t { pending, ok, error, cancelled, abandoned };

class TaskTable {
 public:
  std::size_t size() const { return records_.size(); }

  // The number in the trace, for people who compare with their logs.
  std::uint64_t id(TaskIndex task) const {
    const std::uint32_t id = records_[task].id;
    return id != kWide ? id : static_cast<std::uint64_t>(ids_[task]);
  }
  // The task with that trace id; kNoTask if there is none. O(1).
  TaskIndex find(std::uint64_t id) const { return numbers_.find(id); }

  Time created(TaskIndex task) const {
    const std::uint32_t since = records_[task].created;
    return since != kWide ? block_created_[task / kBlock] + since : created_[task];
  }
  // kNever while pending.
  Time finished(TaskIndex task) const {
    const std::uint32_t life = records_[task].life;
    if (life < kWide) return created(task) + life;
    return life == kPending ? kNever : finished_[task];
  }
  TaskIndex parent(TaskIndex task) const { return records_[task].parent; }
  std::uint32_t site(TaskIndex task) const { return records_[task].site; }
  Outcome outcome(TaskIndex task) const { return static_cast<Outcome>(records_[task].outcome); }
  bool pending(TaskIndex task) const { return records_[task].life == kPending; }
  // Total time of its spans, and how many there were (saturating at 2^32 - 1).
  Nanos run_ns(TaskIndex task) const {
    const std::uint32_t run = records_[task].run;
    return run != kWide ? run : run_[task];
  }
  std::uint32_t spans(TaskIndex task) const { return records_[task].spans; }
  // What it transferred, if the trace says; 2^63 - 2 for more.
  std::optional<std::uint64_t> bytes(TaskIndex task) const {
    const std::int64_t plus_1 = bytes_plus_1_.find(task);
    if (plus_1 == 0) return std::nullopt;
    return static_cast<std::uint64_t>(plus_1 - 1);
  }

  // Some of the above at once, for whoever replays a span.
  struct Start {
    Time created = 0;
    std::uint32_t site = 0;
    bool first = true;  // it had no span yet
  };
  Start start(TaskIndex task) const {
    const Record& record = records_[task];
    Start start{0, record.site, record.spans == 0};
    start.created = record.created != kWide ? block_created_[task / kBlock] + record.created : created_[task];
    return start;
  }

  // Filling, by the reader and the test builder only, in the order of creation. kNoTask, and nothing changes, if
  // there is a task with that id already, or no room for another.
  TaskIndex add(std::uint64_t id, Time created, TaskIndex parent, std::uint32_t site) {
    const auto task = static_cast<TaskIndex>(records_.size());
    if (task == kNoTask || !numbers_.add(id, task)) return kNoTask;
    assert(site <= kMaxSite);
    if (task % kBlock == 0) block_created_.push_back(created);
    const auto since =
        static_cast<std::uint64_t>(created) - static_cast<std::uint64_t>(block_created_.back());
    Record& record = records_.emplace_back();
    record.id = narrow(id);
    record.created = narrow(since);
    record.parent = parent;
    record.site = site & kMaxSite;
    if (since >= kWide) created_.set(task, created);
    if (id >= kWide) ids_.set(task, static_cast<std::int64_t>(id));
    return task;
  }
  // Returns its lifetime.
  Nanos set_finished(TaskIndex task, Time at, Outcome outcome) {
    Record& record = records_[task];
    const Nanos life = subtract_saturating(at, created(task));
    const auto wide = static_cast<std::uint64_t>(life);
    record.outcome = static_cast<std::uint32_t>(outcome) & 7U;
    record.life = narrow(wide);
    if (wide >= kWide) [[unlikely]]
      finished_.set(task, at);
    return life;
  }
  // Also for a span whose duration is not known: 0 then. Returns its site.
  std::uint32_t add_span(TaskIndex task, Nanos duration) {
    Record& record = records_[task];
    record.spans += record.spans != std::numeric_limits<std::uint32_t>::max();
    const std::uint64_t run = record.run + static_cast<std::uint64_t>(duration);
    if (record.run == kWide || run >= kWide) [[unlikely]] {
      add_long_run(task, duration);
    } else {
      record.run = static_cast<std::uint32_t>(run);
    }
    return record.site;
  }

  // True if none were known of it before.
  bool add_bytes(TaskIndex task, std::uint64_t bytes);

  // All of its spans at once.
  void set_spans(TaskIndex task, std::uint32_t spans, Nanos run_ns) {
    records_[task].run = 0;
    add_span(task, run_ns);
    records_[task].spans = spans;
  }

  void reserve(std::size_t tasks);
  // What reserve() took, for a caller who makes it present ahead of use.
  std::vector<std::span<const std::byte>> reserved() const;

  // Higher numbers of sites have no room in a record.
  static constexpr std::uint32_t kMaxSite = (1U << 29) - 1;

 private:
  // The value is in the WideNumbers of that name: it does not fit.
  static constexpr std::uint32_t kWide = std::numeric_limits<std::uint32_t>::max() - 1;
  static constexpr std::uint32_t kPending = std::numeric_limits<std::uint32_t>::max();
  // So many tasks are created after each other within seconds, where there are many.
  static constexpr std::size_t kBlock = 64;

  struct Record {
    std::uint32_t id = 0;
    std::uint32_t created = 0;      // since the first of its block
    std::uint32_t life = kPending;  // created to finished
    std::uint32_t run = 0;
    std::uint32_t spans = 0;
    TaskIndex parent = kNoTask;
    std::uint32_t site : 29 = 0;
    std::uint32_t outcome : 3 = 0;
  };
  static_assert(sizeof(Record) == 28);

  void add_long_run(TaskIndex task, Nanos duration);
  static std::uint32_t narrow(std::uint64_t number) {
    return number < kWide ? static_cast<std::uint32_t>(number) : kWide;
  }

  TaskNumbers numbers_;
  std::vector<Record> records_;
  std::vector<Time> block_created_;
  WideNumbers ids_;
  WideNumbers created_;
  WideNumbers finished_;
  WideNumbers run_;
  WideNumbers bytes_plus_1_;
};

}  // namespace loopscope::model
