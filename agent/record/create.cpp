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
constexpr std::uint32_t kAlwaysTaken = 16;
constexpr std::uint64_t kShareOfTime = 128;           // 1 of so many ticks is for stacks
constexpr std::uint64_t kMostSaved = 1024;            // stacks that an idle thread may save up for
constexpr std::uint64_t kLongestCost = 1'000'000;     // ticks; more was not spent here, but on another thread
constexpr std::uint64_t kEagerness = 8;               // saved stacks from which on each one is taken
constexpr std::uint32_t kWorthKnowing = 4;            // stacks of a place, until they are remembered
constexpr std::uint32_t kMostRemembered = 64;         // of one place
constexpr std::uint64_t kCostOfRemembering = 60'000;  // ticks, at least
constexpr std::uint64_t kCostOfKnown = 65;            // ticks
constexpr std::uint64_t kMostPassed = 1024;           // on average, between two
constexpr std::uint64_t kLongestPass = 2'000'000;     // ticks: what was decided in a burst ends with it

std::uint32_t random_number(StackBudget& budget) {
  budget.random ^= budget.random << 13;
  budget.random ^= budget.random >> 7;
  budget.random ^= budget.random << 17;
  return static_cast<std::uint32_t>(budget.random >> 32);
}

// How many creations go by without a stack until the next one, on average such that the budget is kept: the less
// is saved, the more. 0: this one's is taken.
std::uint32_t creations_to_pass(StackBudget& budget, std::uint64_t now) {
  budget.ticks = std::min(budget.ticks + (now - budget.as_of) / kShareOfTime, kMostSaved * budget.cost);
  budget.as_of = now;
  const std::uint64_t eager = kEagerness * budget.cost;
  if (budget.ticks >= eager) return 0;
  const std::uint64_t mean = std::min(eager / (budget.ticks + 1), kMostPassed);
  return static_cast<std::uint32_t>(random_number(budget) * (2 * mean) >> 32);
}

void spend(StackBudget& budget, std::uint64_t ticks) { budget.ticks -= std::min(budget.ticks, ticks); }

void spend_on_stack(StackBudget& budget, std::uint64_t ticks) {
  const std::uint64_t cost = std::min(ticks, kLongestCost);
  spend(budget, cost);
  budget.cost = (budget.cost * 7 + cost) / 8 + 1;
}

LOOPSCOPE_INLINE CallerEntry& entry_for(ThreadState& state, std::uint32_t site, std::uint64_t caller) {
  return state.callers[(caller ^ caller >> 8 ^ site) % ThreadState::kCallers];
}

// `frame`: of the function that was called for this creation.
std::uint32_t take_stack(Pen& pen, const SiteDefinition& base, CallerEntry& from, const void* frame) {
  ThreadState& state = *pen.state;
  const auto* caller = reinterpret_cast<const void*>(from.caller);
  const stack::StackOwner owner{frame, caller, base.id};
  const auto known = state.known_stacks.find(owner, from.last_known);
  if (known.number != 0 && !known.is_to_be_checked) {
    spend(state.stacks, kCostOfKnown);
    return known.number;
  }
  const ErrnoKeeper errno_keeper;
  const std::uint64_t begin = ticks();
  std::uint64_t frames[kMaxFrames];
  bool truncated = false;
  const std::uint32_t count = stack::capture(caller, frames, g_recording.max_frames, truncated);
  const std::uint32_t site =
      count <= 1 ? from.site
                 : intern_stack_site(g_recording.ring, base, from.site, {frames, count, truncated});
  const std::uint64_t taken = ticks();
  spend_on_stack(state.stacks, taken - begin);
  if (from.times < kAlwaysTaken) ++from.times;
  if (known.number != 0 && known.number != site) {
    state.known_stacks.forget(known.number);
    from.to_remember = 0;
  } else if (known.number == 0 && count > 1 && from.times >= kWorthKnowing && from.to_remember != 0 &&
             state.stacks.ticks >= kCostOfRemembering) {
    --from.to_remember;
    state.known_stacks.remember(owner, stack_range(state), g_recording.max_frames, site);
    spend(state.stacks, ticks() - taken);
  }
  return site;
}

// Of a site whose tasks get their stack; `site` without the bit that says so.
std::uint32_t site_with_stack(Pen& pen, std::uint32_t site, std::uint64_t caller, const void* frame) {
  const SiteDefinition* base = base_site(site);
  if (base == nullptr) return site;
  ThreadState& state = *pen.state;
  CallerEntry& from = entry_for(state, site, caller);
  if (from.caller != caller || from.base_site != site) {
    // Goes on counting for the one it displaces: two that displace each other would be new for ever.
    from = {caller, site, caller_site(g_recording.ring, *base, caller), from.times, kMostRemembered, 0};
  }
  if (!g_recording.stacks) return from.site;
  StackBudget& budget = state.stacks;
  if (budget.to_pass == 0 || pen.last_ticks >= budget.passes_until) {
    budget.to_pass = creations_to_pass(budget, pen.last_ticks);
    budget.passes_until = pen.last_ticks + kLongestPass;
  }
  const bool passes = budget.to_pass != 0;
  if (passes) --budget.to_pass;
  return passes && from.times >= kAlwaysTaken ? from.site : take_stack(pen, *base, from, frame);
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
    recorded =
        site_with_stack(pen, recorded, reinterpret_cast<std::uint64_t>(caller), __builtin_frame_address(0));
  }
  if (pen.next_task == pen.last_task) take_task_block(pen);
  return create(recorded, parent);
}

// Precondition: the pen is ready. The ways that end here take no register that must be put back.
LOOPSCOPE_INLINE loopscope_task create_quickly(loopscope_site site, loopscope_task parent,
                                               const void* caller) {
  const Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(pen.next_task == pen.last_task)) return create_slowly(site, parent, caller);
  const std::uint32_t recorded = site & kMaxSite;
  if (LOOPSCOPE_LIKELY((site & kSiteWantsStack) == 0)) return create(recorded, parent);
  StackBudget& budget = pen.state->stacks;
  const auto address = reinterpret_cast<std::uint64_t>(caller);
  const CallerEntry& from = entry_for(*pen.state, recorded, address);
  if (LOOPSCOPE_LIKELY(budget.to_pass != 0 && pen.last_ticks < budget.passes_until &&
                       from.caller == address && from.base_site == recorded && from.times >= kAlwaysTaken)) {
    --budget.to_pass;
    return create(from.site, parent);
  }
  return create_slowly(site, parent, caller);
}

}  // namespace
}  // namespace loopscope::record

using namespace loopscope::record;

extern "C" {

LOOPSCOPE_HOT loopscope_task loopscope_task_created(loopscope_site site) {
  const Pen& pen = t_pen;
  const void* caller = __builtin_return_address(0);
  if (!is_ready(pen)) return again<loopscope_task_created_from>(site, LOOPSCOPE_RUNNING_TASK, caller);
  return create_quickly(site, current_task(pen), caller);
}

LOOPSCOPE_HOT loopscope_task loopscope_task_created_from(loopscope_site site, loopscope_task parent,
                                                         const void* return_address) {
  const Pen& pen = t_pen;
  if (return_address == nullptr) return_address = __builtin_return_address(0);
  if (!is_ready(pen)) return again<loopscope_task_created_from>(site, parent, return_address);
  if (parent == LOOPSCOPE_RUNNING_TASK) parent = current_task(pen);
  return create_quickly(site, parent, return_address);
}

}  // extern "C"

// The same functions, for callers that have looked at the switch themselves.
extern "C" decltype(loopscope_task_created) loopscope_recorded_task_created
    __attribute__((alias("loopscope_task_created"), hot));
extern "C" decltype(loopscope_task_created_from) loopscope_recorded_task_created_from
    __attribute__((alias("loopscope_task_created_from"), hot));
