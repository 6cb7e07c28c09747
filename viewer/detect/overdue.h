// Which one-shot tasks are pending for too long, judged by the end of the trace and by what is usual at their place; and
// those of which it is proven that they are pending for ever.
// What an exit cancelled counts as pending: closing every handle at the end does not make up for forgetting it.
// leaked-task reports them; growing-backlog leaves them out, since they are no queue. Pure, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/limits.h"
#include "viewer/detect/site_groups.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// From `from` to `to`, 0 if it is the other way round; saturates on the absurd times of a damaged trace.
Nanos elapsed(Time from, Time to);

// A limit in ms as ns, saturating.
Nanos from_ms(double ms);

// What was created or given up in this last part of a trace of that duration is not judged.
Nanos young_age(Nanos duration, const Limits& limits);

class Overdue {
 public:
  // How the tasks of one place ended that did so by themselves, not by the exit.
  struct Usual {
    std::uint64_t finished = 0;
    std::uint64_t at_exit = 0;  // cancelled or destroyed by the exit
    Nanos p50 = 0;
    Nanos p99 = 0;
    Nanos max = 0;
    bool known = false;  // enough finished to go by p99
  };

  Overdue(const model::Trace& trace, const Limits& limits, const SiteGroups& groups);

  // Pending tasks younger than this are not judged at any place.
  Nanos young() const { return young_; }
  // The age at which a pending task of that place is overdue; kNever where age says nothing (subscriptions,
  // the library's own tasks, tasks that are closing).
  Nanos limit(std::uint32_t group) const { return limit_[group]; }
  const Usual& usual(std::uint32_t group) const { return usual_[group]; }

  // Given up shortly before the program's end, when it did nothing else any more: the end is the reason.
  bool at_exit(model::TaskIndex task) const {
    const model::Outcome outcome = trace_.tasks.outcome(task);
    return (outcome == model::Outcome::cancelled || outcome == model::Outcome::abandoned) &&
           trace_.tasks.finished(task) >= exit_begin_;
  }
  bool unfinished(model::TaskIndex task) const { return trace_.tasks.pending(task) || at_exit(task); }
  // How long it was pending.
  Nanos age(model::TaskIndex task) const {
    const Time finished = trace_.tasks.finished(task);
    return elapsed(trace_.tasks.created(task), finished < trace_.end ? finished : trace_.end);
  }

  // Nothing can resume it any more, whatever its age and however often it ran.
  bool is_proven(model::TaskIndex task) const {
    return !trace_.never_resumable.empty() && model::proof_of(trace_.never_resumable, task) != nullptr;
  }

  bool operator()(model::TaskIndex task) const {
    if (is_proven(task)) return true;
    return unfinished(task) && age(task) > limit_[groups_.of(trace_.tasks.site(task))] &&
           static_cast<double>(trace_.tasks.spans(task)) < limits_.worker_spans;
  }

 private:
  void find_exit();
  void learn_what_is_usual();

  const model::Trace& trace_;
  const Limits& limits_;
  const SiteGroups& groups_;
  Nanos young_ = 0;
  Time exit_begin_ = kNever;
  std::vector<Usual> usual_;
  std::vector<Nanos> limit_;
};

}  // namespace loopscope::detect
