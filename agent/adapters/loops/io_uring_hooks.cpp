// Waiting for completions, where a program does it through a shared liburing: its functions call the kernel themselves,
// so that nothing of it is seen in libc. Any thread.
#include <errno.h>
#include <signal.h>

#include "agent/adapters/loops/loaded_code.h"
#include "agent/adapters/loops/ring_calls.h"
#include "agent/adapters/loops/wait.h"

using namespace loopscope::loops;

// As liburing has them since 2.0. Not included: the agent is to be built without it.
struct io_uring;
struct io_uring_cqe;
struct __kernel_timespec {
  int64_t tv_sec;
  long long tv_nsec;
};

namespace {

using GetCqe = int (*)(io_uring*, io_uring_cqe**, unsigned, unsigned, sigset_t*);
using SubmitAndWait = int (*)(io_uring*, unsigned);
using SubmitAndWaitTimeout = int (*)(io_uring*, io_uring_cqe**, unsigned, __kernel_timespec*, sigset_t*);
using WaitCqes = int (*)(io_uring*, io_uring_cqe**, unsigned, __kernel_timespec*, sigset_t*);
using WaitCqeTimeout = int (*)(io_uring*, io_uring_cqe**, __kernel_timespec*);

// liburing calls some of its functions as a program would: those calls are told by the program's own.
AddressRange liburing;

template <class Function>
[[gnu::cold]] Function find(Function& known, const char* name) {
  const int before = errno;
  void* found = loopscope::libc::next_behind_us(name);
  if (found != nullptr && liburing.end == 0) {
    const AddressRange code = code_around(found);
    __atomic_store_n(&liburing.begin, code.begin, __ATOMIC_RELAXED);
    __atomic_store_n(&liburing.end, code.end, __ATOMIC_RELAXED);
  }
  errno = before;
  const auto function = reinterpret_cast<Function>(found);
  __atomic_store_n(&known, function, __ATOMIC_RELAXED);
  return function;
}

template <class Function>
Function next(Function& known, const char* name) {
  const Function function = __atomic_load_n(&known, __ATOMIC_RELAXED);
  return __builtin_expect(function != nullptr, 1) ? function : find(known, name);
}

uint64_t of(const __kernel_timespec* timeout) {
  if (timeout == nullptr) return UINT64_MAX;
  return static_cast<uint64_t>(timeout->tv_sec) * 1'000'000'000 + static_cast<uint64_t>(timeout->tv_nsec);
}

// Who asks for no completion does not wait.
Asked of_completions(unsigned count, uint64_t timeout_ns) {
  const bool waits = count != 0 && timeout_ns != 0;
  return {By::io_uring, waits ? timeout_ns : 0, waits ? Evidence::strong : Evidence::none, false};
}

template <class Call>
[[gnu::always_inline]] inline int completed(io_uring* ring, Submits submits, const void* caller,
                                            const void* frame, const Asked& asked, Call call) {
  if (liburing.contains(caller)) return call();
  ring_call_begins(ring, submits, asked.timeout_ns != 0, caller);
  const loopscope_loop loop = waiting_loop(caller, frame, asked);
  const int result = loop == 0 ? call() : polled(loop, asked.timeout_ns, call, [&](int value) {
    return value < 0 ? 0 : ring_completions(ring);
  });
  ring_call_ended(ring, loop != 0);
  return result;
}

}  // namespace

#define LOOPSCOPE_COMPLETED(ring, submits, asked, call)                                    \
  completed(ring, submits, __builtin_return_address(0), __builtin_frame_address(0), asked, \
            [&] { return real == nullptr ? -ENOSYS : call; })

// Behind liburing's inline functions: io_uring_wait_cqe and those like it.
LOOPSCOPE_HOOK int __io_uring_get_cqe(io_uring* ring, io_uring_cqe** completion, unsigned submit,
                                      unsigned count, sigset_t* mask) {
  static GetCqe known;
  const GetCqe real = next(known, "__io_uring_get_cqe");
  return LOOPSCOPE_COMPLETED(ring, Submits::no, of_completions(count, UINT64_MAX),
                             real(ring, completion, submit, count, mask));
}

LOOPSCOPE_HOOK int io_uring_submit_and_wait(io_uring* ring, unsigned count) {
  static SubmitAndWait known;
  const SubmitAndWait real = next(known, "io_uring_submit_and_wait");
  return LOOPSCOPE_COMPLETED(ring, Submits::yes, of_completions(count, UINT64_MAX), real(ring, count));
}

LOOPSCOPE_HOOK int io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** completions,
                                                    unsigned count, __kernel_timespec* timeout,
                                                    sigset_t* mask) {
  static SubmitAndWaitTimeout known;
  const SubmitAndWaitTimeout real = next(known, "io_uring_submit_and_wait_timeout");
  return LOOPSCOPE_COMPLETED(ring, Submits::yes, of_completions(count, of(timeout)),
                             real(ring, completions, count, timeout, mask));
}

LOOPSCOPE_HOOK int io_uring_wait_cqes(io_uring* ring, io_uring_cqe** completions, unsigned count,
                                      __kernel_timespec* timeout, sigset_t* mask) {
  static WaitCqes known;
  const WaitCqes real = next(known, "io_uring_wait_cqes");
  return LOOPSCOPE_COMPLETED(ring, Submits::with_its_timeout, of_completions(count, of(timeout)),
                             real(ring, completions, count, timeout, mask));
}

LOOPSCOPE_HOOK int io_uring_wait_cqe_timeout(io_uring* ring, io_uring_cqe** completion,
                                             __kernel_timespec* timeout) {
  static WaitCqeTimeout known;
  const WaitCqeTimeout real = next(known, "io_uring_wait_cqe_timeout");
  return LOOPSCOPE_COMPLETED(ring, Submits::with_its_timeout, of_completions(1, of(timeout)),
                             real(ring, completion, timeout));
}
