// Who waited for what: the awaits of each task, in the order in which they began. Used by detectors that look at what a
// task did one after the other, or at once. Pure, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/detect/site_groups.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

class AwaitLists {
 public:
  // Linear in tasks and edges; nothing is allocated for a trace without awaits.
  explicit AwaitLists(const model::Trace& trace);

  bool empty() const { return edges_.empty(); }
  // Into Trace::edges; empty if `waiter` never waited, or is no task.
  std::span<const std::uint32_t> of(model::TaskIndex waiter) const {
    if (empty() || waiter >= first_.size() - 1) return {};
    return std::span(edges_).subspan(first_[waiter], first_[waiter + 1] - first_[waiter]);
  }
  // When it is known to have run, or to be about to: its first wait, else its creation. A lazy coroutine that is created
  // long before it is awaited has not started until then.
  Time started(model::TaskIndex task) const;

 private:
  const model::Trace& trace_;
  std::vector<std::uint32_t> first_;  // of each task, and one behind the last
  std::vector<std::uint32_t> edges_;
};

// Of an await: until its waiter went on, or the trace's end.
Nanos wait_of(const model::Trace& trace, const model::Edge& edge);

// Where it is awaited: the line, or if that is not known the waiter's place. A group of SiteGroups.
std::uint32_t await_place(const model::Trace& trace, const SiteGroups& groups, const model::Edge& edge);

// The function of the waiter at the line of its await; nothing if the line is not known.
std::vector<model::Frame> await_frame(const model::Trace& trace, const model::Edge& edge);

}  // namespace loopscope::detect
