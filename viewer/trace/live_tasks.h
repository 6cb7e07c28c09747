// Tasks while a trace is read as a stream: a slot for each that is pending or still needed, used again when it is not.
// What finished is summed up by site in Trace::forgotten. Takes the place of model::TaskTable in a Story.
//
// Besides pending tasks these stay: the last few thousand that finished, since some events come late; parents of
// tasks that stay, one generation; what is pinned (runs, or is among the longest spans, the stalls, their samples, who
// waited, or the failures); tasks given up behind the last sign of life, which the exit may have given up; and the first
// abandoned ones of each site.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/flat_map.h"
#include "viewer/trace/ready_times.h"
#include "viewer/trace/remarks.h"
#include "viewer/trace/task_keeper.h"

namespace loopscope::trace {

class LiveTasks final : public TaskKeeper {
 public:
  using TaskIndex = model::TaskIndex;
  static constexpr bool kForgets = true;

  // `trace` has its sites, its begin and its end. Abandoned tasks that finish before `abandoned_until` are summed up
  // as such.
  LiveTasks(model::Trace& trace, Time abandoned_until);

  // As of model::TaskTable.
  TaskIndex find(std::uint64_t id) const {
    const TaskIndex* slot = slot_of_id_.find(id);
    return slot == nullptr ? model::kNoTask : *slot;
  }
  TaskIndex add(std::uint64_t id, Time created, TaskIndex parent, std::uint32_t site);
  std::uint64_t id(TaskIndex task) const { return slots_[task].id; }
  std::uint32_t site(TaskIndex task) const { return slots_[task].site; }
  bool pending(TaskIndex task) const { return slots_[task].state == State::pending; }
  model::TaskTable::Start start(TaskIndex task) const {
    const Slot& slot = slots_[task];
    return {slot.created, slot.site, slot.spans == 0};
  }
  Nanos set_finished(TaskIndex task, Time at, model::Outcome outcome);
  std::uint32_t add_span(TaskIndex task, Nanos duration);
  bool add_bytes(TaskIndex task, std::uint64_t bytes);

  // Somebody remembers the slot: it is not used again until all of them have let go. kNoTask is nobody's.
  void pin(TaskIndex task) override {
    if (task != model::kNoTask) ++slots_[task].pins;
  }
  void unpin(TaskIndex task) override;
  // `remarks` mention it: they are asked before the slot is used again.
  void mentioned(TaskIndex task) {
    if (task != model::kNoTask) slots_[task].mentioned = true;
  }
  // Lets go of what finished some time ago. To be called now and then, when nobody looks at a slot that is not pinned.
  void forget_old(ReadyTimes& ready, Remarks& remarks);

  // Moves what is left to a table, in the order of creation. The answer is each slot's index there; kNoTask for none.
  std::vector<TaskIndex> move_to(model::TaskTable& table);

  // So many slots were needed at most.
  std::size_t slots() const { return slots_.size(); }

 private:
  enum class State : std::uint8_t {
    free,
    pending,
    recent,   // finished, and in recent_
    kept,     // finished, and wanted as it is
    retired,  // finished, and only pinned
    gone,     // summed up; the slot waits for the remarks
  };
  struct Slot {
    std::uint64_t id = 0;
    std::uint64_t serial = 0;  // counts creations
    Time created = 0;
    Time finished = kNever;
    Nanos run_ns = 0;
    std::uint32_t spans = 0;
    std::uint32_t pins = 0;
    std::uint32_t site = 0;
    TaskIndex parent = model::kNoTask;
    State state = State::free;
    model::Outcome outcome = model::Outcome::pending;
    bool mentioned = false;
  };

  bool judged(const Slot& slot) const;
  bool sign_of_life(std::uint32_t site) const;
  void leave(TaskIndex task);
  void keep_examples(TaskIndex task);
  void retire(TaskIndex task);
  void sum_up(TaskIndex task);

  model::Trace& trace_;
  Time abandoned_until_;
  std::vector<Slot> slots_;
  std::vector<TaskIndex> free_;
  FlatMap<std::uint64_t, TaskIndex, 0> slot_of_id_;
  FlatMap<TaskIndex, std::uint64_t, model::kNoTask> bytes_;  // of those of which they are known
  std::uint64_t created_ = 0;
  std::deque<TaskIndex> recent_;    // in the order of finishing
  std::deque<TaskIndex> given_up_;  // behind the last sign of life, the same
  Time last_sign_ = model::Forgotten::kNone;
  std::vector<std::vector<TaskIndex>> examples_;  // abandoned, by site; the first ones created
  std::vector<TaskIndex> gone_;                   // since the last look
};

}  // namespace loopscope::trace
