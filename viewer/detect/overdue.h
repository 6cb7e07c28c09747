// Which pending tasks are pending for too long, judged by the end of the trace and by what is usual at their
// place. leaked-task reports them; growing-backlog leaves them out, since they are no queue. Pure, any thread.
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

class Overdue {
 public:
  Overdue(const model::Trace& trace, const Limits& limits, const SiteGroups& groups);

  // Pending tasks younger than this are not judged at any place.
  Nanos young() const { return young_; }
  // The age at which a pending task of that place is overdue; kNever where age says nothing (subscriptions,
  // the library's own tasks, tasks that are closing).
  Nanos limit(std::uint32_t group) const { return limit_[group]; }
  // Enough tasks finished there to know how long they usually live.
  bool usual_known(std::uint32_t group) const;

  bool operator()(model::TaskIndex task) const {
    const model::TaskTable& tasks = trace_.tasks;
    return tasks.pending(task) && elapsed(tasks.created(task), trace_.end) > limit_[groups_.of(tasks.site(task))] &&
           static_cast<double>(tasks.spans(task)) < limits_.worker_spans;
  }

 private:
  const model::Trace& trace_;
  const Limits& limits_;
  const SiteGroups& groups_;
  Nanos young_ = 0;
  std::vector<Nanos> limit_;
};

}  // namespace loopscope::detect
