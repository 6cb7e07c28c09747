// Which request each task belongs to: labels (key=value) are set on a task, and all that it starts, directly or not,
// inherits them. Used by the costs and critical paths of requests, by findings, and by the viewer's filter. Pure, any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// What a task says itself.
struct OwnLabel {
  model::TaskIndex task = model::kNoTask;
  std::uint32_t label = 0;  // into Trace::labels
};

// Of the labels for which `meant(label)`, in the order of tasks; of several that one task sets it is the last one.
template <class Meant>
std::vector<OwnLabel> own_labels(const model::Trace& trace, Meant meant);

// Calls visit(task, own, parent) for every task in the order of creation: `own` is what it says itself or nullptr, and
// `parent` whom it inherits from then. A parent that is younger than its child (damaged traces) hands nothing down: kNoTask.
template <class Visit>
void hand_down(const model::Trace& trace, std::span<const OwnLabel> own, Visit visit);

// A task that sets the label, and what it stands for: everything below it, up to the next that sets the label.
struct Request {
  model::TaskIndex task = model::kNoTask;
  std::uint32_t value = 0;  // into Contexts::values()
};

class Contexts {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  // Of one key, in exactly that spelling.
  Contexts(const model::Trace& trace, std::string_view key);
  // One request without a label: the task and all below it. None if there is no such task.
  static Contexts of_task(const model::Trace& trace, model::TaskIndex task);

  bool empty() const { return requests_.empty(); }
  std::span<const Request> requests() const { return requests_; }  // in the order of creation
  std::span<const std::string> values() const { return values_; }  // in the order of their first request
  std::uint32_t request_of(model::TaskIndex task) const {          // into requests(); kNone
    return task < request_of_.size() ? request_of_[task] : kNone;
  }
  std::uint32_t value_of(model::TaskIndex task) const {  // into values(); kNone
    const std::uint32_t request = request_of(task);
    return request == kNone ? kNone : requests_[request].value;
  }

 private:
  Contexts() = default;
  void spread(const model::Trace& trace, std::span<const OwnLabel> own);

  std::vector<Request> requests_;
  std::vector<std::string> values_;
  std::vector<std::uint32_t> request_of_;  // by task; empty without a request
};

// When a request began and ended. Its end is that of its task; but where that one waited for nothing that it started (a
// callback that starts the next one, and is over), it goes on to the end of the last task below it.
struct RequestTimes {
  Time begin = 0;
  Time end = 0;  // not before its begin; the trace's end while it is pending
  bool finished = false;
  bool failed = false;                     // by the outcome of whoever ended it
  model::TaskIndex last = model::kNoTask;  // who ended it

  Nanos latency() const { return subtract_saturating(end, begin); }
};

// As contexts.requests().
std::vector<RequestTimes> request_times(const model::Trace& trace, const Contexts& contexts);

// The keys that tasks set, those that most set first.
std::vector<std::string> context_keys(const model::Trace& trace);

// The child was over when the parent ended, or just running: then it is the one that ended it, from inside of its callback.
bool ended_before(const model::TaskTable& tasks, model::TaskIndex child, model::TaskIndex parent);

// Neither a subscription nor the library's own nor a close: one whose end says that something is done.
bool ends_with_a_result(const model::Trace& trace, model::TaskIndex task);

// ---- in full ------------------------------------------------------------------------------------------

// In the order of tasks and, of one task, of the trace; then only the last of each task is kept.
void keep_last_of_each(std::vector<OwnLabel>& own);

template <class Meant>
std::vector<OwnLabel> own_labels(const model::Trace& trace, Meant meant) {
  std::vector<OwnLabel> own;
  for (std::uint32_t at = 0; at < trace.labels.size(); ++at) {
    const model::Label& label = trace.labels[at];
    if (label.task < trace.tasks.size() && meant(label)) own.push_back({label.task, at});
  }
  keep_last_of_each(own);
  return own;
}

template <class Visit>
void hand_down(const model::Trace& trace, std::span<const OwnLabel> own, Visit visit) {
  const auto tasks = static_cast<model::TaskIndex>(trace.tasks.size());
  auto next = own.begin();
  for (model::TaskIndex task = 0; task < tasks; ++task) {
    const model::TaskIndex parent = trace.tasks.parent(task);
    const bool says = next != own.end() && next->task == task;
    if (!visit(task, says ? &*next : nullptr, parent < task ? parent : model::kNoTask)) return;
    if (says) ++next;
  }
}

}  // namespace loopscope::detect
