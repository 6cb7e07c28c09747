#include "viewer/trace/live_tasks.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace loopscope::trace {

using namespace model;

namespace {

// What finished stays for so many more: a callback ends, a cancellation or a second thread's event comes after it.
constexpr std::size_t kRecent = 4096;

// As many as a finding names, and more.
constexpr std::size_t kExamples = 8;

// Slots that remarks may mention are looked through in one go.
constexpr std::size_t kGoneAtOnce = 1024;

}  // namespace

LiveTasks::LiveTasks(Trace& trace, Time abandoned_until)
    : trace_(trace), abandoned_until_(abandoned_until), examples_(trace.sites.size()) {
  trace.forgotten.resize(trace.sites.size());
}

bool LiveTasks::judged(const Slot& slot) const {
  const Site& site = trace_.sites[slot.site];
  return !site.is(kInternal) && !site.is(kTeardown);
}

// As detectors see it, who say which cancellations were the exit's.
bool LiveTasks::sign_of_life(std::uint32_t site) const {
  return (trace_.sites[site].flags & (kSubscription | kInternal | kTeardown | kSynchronous)) == 0;
}

TaskIndex LiveTasks::add(std::uint64_t id, Time created, TaskIndex parent, std::uint32_t site) {
  if (find(id) != kNoTask) return kNoTask;
  TaskIndex task = static_cast<TaskIndex>(slots_.size());
  if (free_.empty()) {
    if (task == kNoTask) return kNoTask;
    slots_.emplace_back();
  } else {
    task = free_.back();
    free_.pop_back();
  }
  pin(parent);
  Slot& slot = slots_[task];
  slot = {};
  slot.id = id;
  slot.serial = created_++;
  slot.created = created;
  slot.site = site;
  slot.parent = parent;
  slot.state = State::pending;
  slot_of_id_.set(id, task);
  if (sign_of_life(site)) last_sign_ = std::max(last_sign_, created);
  return task;
}

Nanos LiveTasks::set_finished(TaskIndex task, Time at, Outcome outcome) {
  Slot& slot = slots_[task];
  slot.finished = at;
  slot.outcome = outcome;
  slot.state = State::recent;
  recent_.push_back(task);
  const bool completed = outcome == Outcome::ok || outcome == Outcome::error;
  if (completed && sign_of_life(slot.site)) last_sign_ = std::max(last_sign_, at);
  return subtract_saturating(at, slot.created);
}

std::uint32_t LiveTasks::add_span(TaskIndex task, Nanos duration) {
  Slot& slot = slots_[task];
  slot.run_ns = add_saturating(slot.run_ns, duration);
  slot.spans += slot.spans != std::numeric_limits<std::uint32_t>::max();
  return slot.site;
}

bool LiveTasks::add_bytes(TaskIndex task, std::uint64_t bytes) {
  const std::uint64_t* const before = bytes_.find(task);
  const bool first = before == nullptr;
  bytes_.set(task, first ? bytes : loopscope::add_bytes(*before, bytes));
  return first;
}

void LiveTasks::unpin(TaskIndex task) {
  if (task == kNoTask) return;
  Slot& slot = slots_[task];
  if (--slot.pins == 0 && slot.state == State::retired) sum_up(task);
}

void LiveTasks::forget_old(ReadyTimes& ready, Remarks& remarks) {
  while (recent_.size() > kRecent) {
    const TaskIndex task = recent_.front();
    recent_.pop_front();
    leave(task);
  }
  // Behind a sign of life nothing was given up by the exit.
  while (!given_up_.empty() && slots_[given_up_.front()].finished < last_sign_) {
    const TaskIndex task = given_up_.front();
    given_up_.pop_front();
    keep_examples(task);
  }
  if (gone_.empty()) return;
  std::size_t mentioned = 0;
  for (TaskIndex& task : gone_) {
    if (slots_[task].mentioned) {
      gone_[mentioned++] = task;
      continue;
    }
    ready.take(task);
    slots_[task].state = State::free;
    free_.push_back(task);
  }
  gone_.resize(mentioned);
  if (gone_.size() < std::max(kGoneAtOnce, slots_.size() / 16)) return;
  remarks.forget([this](TaskIndex task) { return slots_[task].state == State::gone; });
  for (const TaskIndex task : gone_) {
    ready.take(task);
    slots_[task].state = State::free;
    free_.push_back(task);
  }
  gone_.clear();
}

// It is not recent any more.
void LiveTasks::leave(TaskIndex task) {
  Slot& slot = slots_[task];
  slot.state = State::kept;
  const bool given_up = slot.outcome == Outcome::cancelled || slot.outcome == Outcome::abandoned;
  if (given_up && slot.finished >= last_sign_ && judged(slot)) {
    given_up_.push_back(task);
  } else {
    keep_examples(task);
  }
}

// The first abandoned tasks of a site stay, to be shown.
void LiveTasks::keep_examples(TaskIndex task) {
  const Slot& slot = slots_[task];
  if (slot.outcome == Outcome::abandoned && slot.finished < abandoned_until_ && judged(slot)) {
    std::vector<TaskIndex>& kept = examples_[slot.site];
    kept.push_back(task);
    if (kept.size() <= kExamples) return;
    const auto latest = std::max_element(kept.begin(), kept.end(), [this](TaskIndex a, TaskIndex b) {
      return slots_[a].serial < slots_[b].serial;
    });
    task = *latest;
    *latest = kept.back();
    kept.pop_back();
  }
  retire(task);
}

void LiveTasks::retire(TaskIndex task) {
  slots_[task].state = State::retired;
  // One generation of parents: a chain of all of them would be as long as the trace.
  const TaskIndex parent = std::exchange(slots_[task].parent, kNoTask);
  if (slots_[task].pins == 0) sum_up(task);
  unpin(parent);
}

void LiveTasks::sum_up(TaskIndex task) {
  Slot& slot = slots_[task];
  Forgotten& forgotten = trace_.forgotten[slot.site];
  ++forgotten.tasks;
  forgotten.lifetime.add(subtract_saturating(slot.finished, slot.created));
  forgotten.pending.add(slot.created, slot.finished, trace_.begin, trace_.end);
  if (slot.outcome == Outcome::ok || slot.outcome == Outcome::error) {
    forgotten.last_completed = std::max(forgotten.last_completed, slot.finished);
  } else {
    forgotten.last_given_up_created = std::max(forgotten.last_given_up_created, slot.created);
  }
  if (slot.outcome == Outcome::abandoned && slot.finished < abandoned_until_) {
    ++forgotten.abandoned;
    forgotten.first_abandoned = std::min(forgotten.first_abandoned, slot.finished);
    forgotten.last_abandoned = std::max(forgotten.last_abandoned, slot.finished);
    const Nanos age = std::max<Nanos>(subtract_saturating(slot.finished, slot.created), 0);
    forgotten.abandoned_age = add_saturating(forgotten.abandoned_age, age);
  }
  slot_of_id_.erase(slot.id);
  bytes_.erase(task);
  slot.state = State::gone;
  gone_.push_back(task);
}

std::vector<TaskIndex> LiveTasks::move_to(TaskTable& table) {
  std::vector<TaskIndex> order;
  for (TaskIndex task = 0; task < slots_.size(); ++task) {
    if (slots_[task].state != State::free && slots_[task].state != State::gone) order.push_back(task);
  }
  std::sort(order.begin(), order.end(),
            [this](TaskIndex a, TaskIndex b) { return slots_[a].serial < slots_[b].serial; });
  std::vector<TaskIndex> index(slots_.size(), kNoTask);
  for (std::size_t i = 0; i < order.size(); ++i) index[order[i]] = static_cast<TaskIndex>(i);
  table.reserve(order.size());
  for (const TaskIndex task : order) {
    const Slot& slot = slots_[task];
    const TaskIndex parent = slot.parent == kNoTask ? kNoTask : index[slot.parent];
    const TaskIndex moved = table.add(slot.id, slot.created, parent, slot.site);
    if (slot.state != State::pending) table.set_finished(moved, slot.finished, slot.outcome);
    table.set_spans(moved, slot.spans, slot.run_ns);
    if (const std::uint64_t* const bytes = bytes_.find(task); bytes != nullptr)
      table.add_bytes(moved, *bytes);
  }
  return index;
}

}  // namespace loopscope::trace
