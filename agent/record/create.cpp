// The creation of a task: its number, its parent, and where it came from. Host threads; the rules are in pen.h.
#include <loopscope/loopscope.h>

#include "agent/record/catalog.h"
#include "agent/record/recorder.h"
#include "agent/stack/unwind.h"

namespace loopscope::record {
namespace {

// A hot place has its stack taken ever more rarely, at random, so that no rhythm of the program's hides.
constexpr std::uint32_t kAlwaysTaken = 1024;
constexpr std::uint64_t kThenOneIn = 16;

bool take_stack(ThreadState& state, std::uint32_t times) {
  if (times < kAlwaysTaken) return true;
  state.random ^= state.random << 13;
  state.random ^= state.random >> 7;
  state.random ^= state.random << 17;
  return state.random % kThenOneIn == 0;
}

[[gnu::noinline]] std::uint32_t site_with_stack(ThreadState& state, const SiteDefinition& base,
                                                const void* caller) {
  const ErrnoKeeper errno_keeper;
  const Ring& ring = g_recording.ring;
  const Caller from = count_caller(ring, base, reinterpret_cast<std::uint64_t>(caller));
  if (!g_recording.stacks || !take_stack(state, from.times)) return from.site;
  std::uint64_t frames[kMaxFrames];
  bool truncated = false;
  const std::uint32_t count = stack::capture(caller, frames, g_recording.max_frames, truncated);
  if (count <= 1) return from.site;
  return intern_stack_site(ring, base, from.site, {frames, count, truncated});
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
      recorded = site_with_stack(*pen.state, *base, caller);
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
