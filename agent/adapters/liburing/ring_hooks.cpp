// The calls of liburing that wait for nothing, and what is added to those that wait. On the calling thread.
#include <errno.h>
#include <liburing.h>

#include "agent/adapters/libc/real.h"
#include "agent/adapters/liburing/hooked_functions.h"
#include "agent/adapters/liburing/rings.h"
#include "agent/adapters/loops/ring_calls.h"
#include "agent/woken.h"

#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default")))

using namespace loopscope;
using namespace loopscope::liburing;
using loops::Submits;

namespace {

struct Liburing {
#define LOOPSCOPE_URING_MEMBER(name) decltype(&::name) name;
  LOOPSCOPE_URING_HOOKED_FUNCTIONS(LOOPSCOPE_URING_MEMBER)
#undef LOOPSCOPE_URING_MEMBER
};
Liburing liburing_functions;

// Where a program asks for a function that its liburing is too old for, it is told what the kernel would tell.
intptr_t missing_function() { return -ENOSYS; }

template <class Function>
Function real(Function& known, const char* name) {
  Function function = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (__builtin_expect(function != nullptr, 1)) return function;
  const int before = errno;
  void* found = libc::next_behind_us(name);
  errno = before;
  if (found == nullptr) return reinterpret_cast<Function>(reinterpret_cast<void*>(&missing_function));
  function = reinterpret_cast<Function>(found);
  __atomic_store_n(&known, function, __ATOMIC_RELAXED);
  return function;
}

// For what this thread's call has found something: what completes may be seen before the call waits, or after.
__thread Completed completed __attribute__((tls_model("initial-exec")));

// A loop's wait has ended. What has no descriptor has no name.
void tell_what_woke(uint32_t completions) {
  if (completions == 0) return loopscope_internal_woken(0, -1, completed.files, 0);
  if (completed.told == 0) return;
  const bool is_all = completed.told < Completed::kMost;
  loopscope_internal_woken(is_all ? completed.told : completions, -1, completed.files, completed.told);
}

bool is_submitting(const io_uring& ring, Submits submits) {
  if (submits != Submits::with_its_timeout) return submits == Submits::yes;
  return !(ring.features & IORING_FEAT_EXT_ARG);
}

}  // namespace

#define LOOPSCOPE_URING_REAL(name) real(liburing_functions.name, #name)

void loops::ring_call_begins(io_uring* ring, Submits submits, bool waits, const void* return_address) {
  const bool submitting = is_submitting(*ring, submits);
  if (Ring* state = ring_for(*ring, submitting, waits)) {
    completed.told = 0;
    if (has_completed(*state)) look_at_completions(*state, &completed);
    if (submitting) look_at_submissions(*state, *ring, return_address);
  }
  if (waits) thread_waits();
}

uint32_t loops::ring_completions(const io_uring* ring) { return io_uring_cq_ready(ring); }

void loops::ring_call_ended(io_uring* ring, bool ended_a_wait) {
  Ring* state = loopscope_recording() ? ring_for(*ring, false, false) : nullptr;
  if (state == nullptr) return;
  if (has_completed(*state)) look_at_completions(*state, &completed);
  if (ended_a_wait) tell_what_woke(io_uring_cq_ready(ring));
}

void loops::thread_waits() {
  if (loopscope_recording()) look_at_own_rings();
}

LOOPSCOPE_HOOK int io_uring_submit(io_uring* ring) {
  const auto submit = LOOPSCOPE_URING_REAL(io_uring_submit);
  loops::ring_call_begins(ring, Submits::yes, false, __builtin_return_address(0));
  const int result = submit(ring);
  loops::ring_call_ended(ring, false);
  return result;
}

LOOPSCOPE_HOOK int io_uring_submit_and_get_events(io_uring* ring) {
  const auto submit = LOOPSCOPE_URING_REAL(io_uring_submit_and_get_events);
  loops::ring_call_begins(ring, Submits::yes, false, __builtin_return_address(0));
  const int result = submit(ring);
  loops::ring_call_ended(ring, false);
  return result;
}

LOOPSCOPE_HOOK int io_uring_get_events(io_uring* ring) {
  const auto get_events = LOOPSCOPE_URING_REAL(io_uring_get_events);
  loops::ring_call_begins(ring, Submits::no, false, nullptr);
  const int result = get_events(ring);
  loops::ring_call_ended(ring, false);
  return result;
}

LOOPSCOPE_HOOK unsigned io_uring_peek_batch_cqe(io_uring* ring, io_uring_cqe** completions, unsigned count) {
  const auto peek = LOOPSCOPE_URING_REAL(io_uring_peek_batch_cqe);
  loops::ring_call_begins(ring, Submits::no, false, nullptr);
  const unsigned result = peek(ring, completions, count);
  loops::ring_call_ended(ring, false);
  return result;
}

LOOPSCOPE_HOOK int io_uring_queue_init(unsigned entries, io_uring* ring, unsigned flags) {
  const int result = LOOPSCOPE_URING_REAL(io_uring_queue_init)(entries, ring, flags);
  if (result >= 0) ring_begins(*ring);
  return result;
}

LOOPSCOPE_HOOK int io_uring_queue_init_params(unsigned entries, io_uring* ring, io_uring_params* params) {
  const int result = LOOPSCOPE_URING_REAL(io_uring_queue_init_params)(entries, ring, params);
  if (result >= 0) ring_begins(*ring);
  return result;
}

LOOPSCOPE_HOOK int io_uring_queue_mmap(int file, io_uring_params* params, io_uring* ring) {
  const int result = LOOPSCOPE_URING_REAL(io_uring_queue_mmap)(file, params, ring);
  if (result >= 0) ring_begins(*ring);
  return result;
}

// The queues go to another place, with what is in flight.
LOOPSCOPE_HOOK int io_uring_resize_rings(io_uring* ring, io_uring_params* params) {
  ring_begins(*ring);
  return LOOPSCOPE_URING_REAL(io_uring_resize_rings)(ring, params);
}

LOOPSCOPE_HOOK void io_uring_queue_exit(io_uring* ring) {
  ring_ends(*ring);
  LOOPSCOPE_URING_REAL(io_uring_queue_exit)(ring);
}
