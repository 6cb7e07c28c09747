#include "viewer/trace/ready_times.h"

#include <utility>

namespace loopscope::trace {
namespace {

constexpr std::size_t kFirstSlots = 1024;

}  // namespace

// Where the task is, or the empty slot where it would be.
std::size_t ReadyTimes::find(model::TaskIndex task) const {
  std::size_t at = home(task);
  while (slots_[at].task != task && slots_[at].task != model::kNoTask) at = (at + 1) & (slots_.size() - 1);
  return at;
}

void ReadyTimes::set(model::TaskIndex task, Time ready) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  Slot& slot = slots_[find(task)];
  size_ += slot.task == model::kNoTask;
  slot = {ready, task};
}

Time ReadyTimes::find_and_erase(model::TaskIndex task) {
  std::size_t hole = find(task);
  if (slots_[hole].task == model::kNoTask) return kNever;
  const Time at = slots_[hole].at;
  // Whoever was pushed behind its home by this one moves up.
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t next = (hole + 1) & mask; slots_[next].task != model::kNoTask; next = (next + 1) & mask) {
    if (((next - home(slots_[next].task)) & mask) < ((next - hole) & mask)) continue;
    slots_[hole] = slots_[next];
    hole = next;
  }
  slots_[hole] = {};
  --size_;
  return at;
}

void ReadyTimes::grow() {
  std::vector<Slot> old(slots_.empty() ? kFirstSlots : 2 * slots_.size());
  std::swap(old, slots_);
  shift_ = 32;
  for (std::size_t size = slots_.size(); size > 1; size /= 2) --shift_;
  for (const Slot& slot : old) {
    if (slot.task != model::kNoTask) slots_[find(slot.task)] = slot;
  }
}

}  // namespace loopscope::trace
