// See wait.h.
#include "agent/adapters/loops/wait.h"

#include "agent/adapters/loops/activity.h"
#include "agent/adapters/loops/entered.h"
#include "agent/adapters/loops/known_libraries.h"
#include "agent/loop_kind.h"

namespace loopscope::loops {
namespace {

__thread ThreadLoops thread_loops __attribute__((tls_model("initial-exec")));

// A thread for every connection, each with a poll of its own, is no program of a thousand loops.
constexpr uint32_t kMostFound = 256;
uint32_t g_found;

// A loop of no library that is known is called by how it waits.
constexpr const char* kKinds[] = {"epoll", "poll", "select", "io_uring"};

loopscope_loop number_for(const void* caller, By by) {
  if (__atomic_fetch_add(&g_found, 1, __ATOMIC_RELAXED) >= kMostFound) {
    __atomic_store_n(&g_found, kMostFound, __ATOMIC_RELAXED);
    return 0;
  }
  const Waiter waiter = waiter_at(caller);
  if (waiter.kind != nullptr) return loopscope_loop_created(waiter.kind, nullptr);
  // What a library says that is compiled into the code that waits, such as Asio.
  const char* said = loopscope_internal_loop_kind();
  if (said != nullptr) return loopscope_loop_created(said, waiter.library);
  return loopscope_loop_created(kKinds[static_cast<unsigned>(by)], waiter.library);
}

// A library that runs loops waits for nothing else. One that does not waits for the answer to its one question; a
// program's own loop may be as simple.
Evidence evidence_of(const Asked& asked, const void* caller) {
  if (asked.evidence != Evidence::weak || entered.found != 0) return asked.evidence;
  const Waiter waiter = waiter_at(caller);
  if (waiter.kind != nullptr) return waiter.is_program ? Evidence::weak : Evidence::strong;
  return asked.for_one && !waiter.is_program ? Evidence::none : Evidence::weak;
}

// Not the thread's first event: a place has to be known before it is a loop's.
[[gnu::hot]] loopscope_loop found_loop(const void* caller, const void* frame, const Asked& asked) {
  ThreadLoops& found = thread_loops;
  Place* place = found.wait(caller, reinterpret_cast<uintptr_t>(frame), evidence_of(asked, caller));
  if (const loopscope_loop left = found.left(); left != 0) loopscope_loop_left(left, 0);
  if (place == nullptr) return 0;
  if (place->loop == 0) {
    loop_activity();
    place->loop = number_for(caller, asked.by);
    place->blocks = place->loop == 0;
  }
  entered.found = place->loop;
  return place->loop;
}

}  // namespace

[[gnu::hot]] loopscope_loop waiting_loop(const void* caller, const void* frame, const Asked& asked) {
  if (!loopscope_recording() && !may_begin_recording()) return 0;
  if (entered.loop == 0) return entered.told.contains(caller) ? 0 : found_loop(caller, frame, asked);
  if (entered.by_epoll_only && asked.by != By::epoll) return 0;
  if (entered.in_callback != nullptr && *entered.in_callback) return 0;
  return entered.library.contains(caller) ? entered.loop : 0;
}

}  // namespace loopscope::loops
