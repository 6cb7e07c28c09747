// What pending tasks wait for at the end of the trace: chains of awaits, from a task that nobody waits for to one that
// waits for no other task. Used by detectors (who is to blame) and reports. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::detect {

// The task's function, at the line of its await; where that is not known (`edge` may be null), its own place.
model::Frame await_frame(const model::Trace& trace, model::TaskIndex task, const model::Edge* edge);

struct AwaitStep {
  model::TaskIndex task = model::kNoTask;
  // The task's function, at the line of its await; where it waits for nothing that is known, its own place.
  model::Frame at;
};

struct AwaitChain {
  std::vector<AwaitStep> steps;  // the waiter before the awaited; at most kMostSteps
  // What the last one waits for, if that is no task: a type's name, or the operation of a library. "" if it is not
  // known to wait for anything.
  std::string waits_for;
  std::uint64_t more = 0;  // pending tasks that are awaited beside those of the chain: one waits for several
  bool cycle = false;      // the last one waits for one of those before it: none of them will ever go on
  std::size_t cycle_to = 0;  // for which
  // Of chains alike: how many there are, and how long the first task of the oldest one has been pending.
  std::uint64_t count = 1;
  Nanos oldest = 0;

  static constexpr std::size_t kMostSteps = 64;
};

class PendingAwaits {
 public:
  explicit PendingAwaits(const model::Trace& trace);

  bool empty() const { return by_waiter_.empty(); }
  // What `task` waits for; one step if it waits for nothing.
  AwaitChain from(model::TaskIndex task) const;
  // The chain in which `task` is: beginning at who waits for it, directly or not.
  AwaitChain through(model::TaskIndex task) const;
  // How many wait for `task` directly.
  std::size_t waiters(model::TaskIndex task) const;
  // One of each kind of chain, those with the most tasks first, then the oldest.
  std::vector<AwaitChain> all() const;

 private:
  using Edges = std::vector<std::uint32_t>;  // into Trace::edges

  model::TaskIndex root_of(model::TaskIndex task) const;
  void add_step(AwaitChain& chain, model::TaskIndex task, const model::Edge* edge) const;

  const model::Trace& trace_;
  std::unordered_map<model::TaskIndex, Edges> by_waiter_;
  std::unordered_map<model::TaskIndex, Edges> by_awaited_;
};

}  // namespace loopscope::detect
