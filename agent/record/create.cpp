// The creation of a task: its number, its parent, and where it came from. Host threads; the rules are in pen.h.
#include <algorithm>

#include <loopscope/loopscope.h>

#include "agent/record/catalog.h"
#include "agent/record/recorder.h"
#include "agent/stack/unwind.h"

namespace loopscope::record {
namespace {

// The first stacks of a place are always taken; then as many as a thread has time for, chosen at random, so that no
// rhythm of the program's hides and places get their share.
constexpr std::uint32_t kAlwaysTaken = 64;
constexpr std::uint64_t kShareOfTime = 128;        // 1 of so many ticks is for stacks
constexpr std::uint64_t kMostSaved = 1024;         // stacks that an idle thread may save up for
constexpr std::uint64_t kLongestCost = 1'000'000;  // ticks; more was not spent here, but on another thread
constexpr std::uint64_t kEagerness = 8;            // saved stacks from which on each one is taken

bool has_time_for_stack(StackBudget& budget, std::uint64_t now) {
  budget.ticks = std::min(budget.ticks + (now - budget.as_of) / kShareOfTime, kMostSaved * budget.cost);
  budget.as_of = now;
  budget.random ^= budget.random << 13;
  budget.random ^= budget.random >> 7;
  budget.random ^= budget.random << 17;
  return (budget.random >> 32) * (kEagerness * budget.cost) >> 32 < budget.ticks;
}

void spend(StackBudget& budget, std::uint64_t ticks) {
  const std::uint64_t cost = std::min(ticks, kLongestCost);
  budget.ticks -= std::min(budget.ticks, cost);
  budget.cost = (budget.cost * 7 + cost) / 8 + 1;
}

CallerEntry& caller_entry(ThreadState& state, const SiteDefinition& base, std::uint64_t caller) {
  CallerEntry& entry = state.callers[(caller ^ caller >> 8 ^ base.id) % ThreadState::kCallers];
  if (LOOPSCOPE_UNLIKELY(entry.caller != caller || entry.base_site != base.id)) {
    // Goes on counting for the one it displaces: two that displace each other would be new for ever.
    entry = {caller, base.id, caller_site(g_recording.ring, base, caller), entry.times};
  }
  return entry;
}

std::uint32_t site_with_stack(Pen& pen, const SiteDefinition& base, const void* caller) {
  ThreadState& state = *pen.state;
  CallerEntry& from = caller_entry(state, base, reinterpret_cast<std::uint64_t>(caller));
  if (!has_time_for_stack(state.stacks, pen.last_ticks) && from.times >= kAlwaysTaken) return from.site;
  if (!g_recording.stacks) return from.site;
  const ErrnoKeeper errno_keeper;
  const std::uint64_t begin = ticks();
  std::uint64_t frames[kMaxFrames];
  bool truncated = false;
  const std::uint32_t count = stack::capture(caller, frames, g_recording.max_frames, truncated);
  const std::uint32_t site =
      count <= 1 ? from.site
                 : intern_stack_site(g_recording.ring, base, from.site, {frames, count, truncated});
  if (from.times < kAlwaysTaken) ++from.times;
  spend(state.stacks, ticks() - begin);
  return site;
}

// Precondition: the pen is ready. `site` as records hold it.
LOOPSCOPE_INLINE loopscope_task create(std::uint64_t site, loopscope_task parent) {
  Pen& pen = t_pen;
  std::uint64_t* at = take_pen(pen);
  const std::uint64_t task = pen.next_task++;
  write_now(pen, at, kRecordCreated, task, (parent & kMaxTask) << kSiteBits | site);
  drop_pen(pen);
  return task;
}

[[gnu::noinline]] loopscope_task create_slowly(loopscope_site site, loopscope_task parent,
                                               const void* caller) {
  Pen& pen = t_pen;
  take_pen(pen);
  std::uint32_t recorded = site & kMaxSite;
  if ((site & kSiteWantsStack) != 0) {
    if (const SiteDefinition* base = base_site(recorded); base != nullptr) {
      recorded = site_with_stack(pen, *base, caller);
    }
  }
  if (pen.next_task == pen.last_task) take_task_block(pen);
  return create(recorded, parent);
}

LOOPSCOPE_INLINE bool is_simple(loopscope_site site) {
  return LOOPSCOPE_LIKELY((site & kSiteWantsStack) == 0) &&
         LOOPSCOPE_LIKELY(t_pen.next_task != t_pen.last_task);
}

}  // namespace
}  // namespace loopscope::record

using namespace loopscope::record;

extern "C" {

loopscope_task loopscope_task_created(loopscope_site site) {
  const Pen& pen = t_pen;
  if (!is_ready(pen)) {
    return again<loopscope_task_created_from>(site, loopscope_current_task(), __builtin_return_address(0));
  }
  const loopscope_task parent = current_task(pen);
  if (!is_simple(site)) return create_slowly(site, parent, __builtin_return_address(0));
  return create(site & kMaxSite, parent);
}

loopscope_task loopscope_task_created_from(loopscope_site site, loopscope_task parent,
                                           const void* return_address) {
  const Pen& pen = t_pen;
  if (return_address == nullptr) return_address = __builtin_return_address(0);
  if (!is_ready(pen)) return again<loopscope_task_created_from>(site, parent, return_address);
  if (!is_simple(site)) return create_slowly(site, parent, return_address);
  return create(site & kMaxSite, parent);
}

}  // extern "C"

// The same functions, for callers that have looked at the switch themselves.
extern "C" decltype(loopscope_task_created) loopscope_recorded_task_created
    __attribute__((alias("loopscope_task_created")));
extern "C" decltype(loopscope_task_created_from) loopscope_recorded_task_created_from
    __attribute__((alias("loopscope_task_created_from")));
