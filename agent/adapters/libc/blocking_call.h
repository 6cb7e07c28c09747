// One call of a hooked libc function: straight on to libc unless the thread is in its loop; there it is timed, and
// recorded if it took too long. errno, results and interruptions are libc's own. On any thread, from any context that
// may call the function itself, before our constructor too. A cancelled call leaves by unwinding: nothing here needs
// a clean-up.
#pragma once

#include <dlfcn.h>
#include <errno.h>

#include "agent/adapters/libc/real.h"
#include "agent/adapters/loops/entered.h"
#include "agent/blocking.h"

#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default")))
// What a server calls with every request. The compiler puts such functions side by side: after each wait in the kernel
// a page of code has to be found anew, and few are found sooner than many.
#define LOOPSCOPE_HOT_HOOK extern "C" __attribute__((visibility("default"), hot))

namespace loopscope::libc {

// How a function says what went wrong: the number for the trace, 0 for none.
template <class Result>
int by_errno(Result result) {
  return result == static_cast<Result>(-1) ? errno : 0;
}
inline int by_result(int result) { return result; }
template <class Result>
int never_fails(Result) {
  return 0;
}

// Whether a call that may block is measured here: the thread is busy with its loop.
[[gnu::always_inline]] inline bool is_measured() { return loopscope_internal_my_calls.limit != 0; }

// One took longer than the limit.
[[gnu::cold]] void tell_blocked(Name name, uint64_t begin, uint64_t end, int error,
                                const void* return_address);

// `call(real function)` between two looks at the clock.
template <class Function, class Failure, class Call>
[[gnu::always_inline]] inline auto timed(Name name, Function function, const void* return_address,
                                         Failure failure, Call call) {
  loopscope_internal_calls& mine = loopscope_internal_my_calls;
  const uint64_t limit = mine.limit;
  if (limit == 0 || loops::entered.in_synchronous_call) return call(function);
  mine.limit = 0;
  const uint64_t begin = ticks_of_call(mine);
  const auto result = call(function);
  const uint64_t end = ticks_of_call(mine);
  mine.limit = limit;
  if (__builtin_expect(end - begin >= limit, 0)) {
    tell_blocked(name, begin, end, failure(result), return_address);
  }
  return result;
}

}  // namespace loopscope::libc

// The body of a hook: the same arguments go to libc.
#define LOOPSCOPE_TIMED(function, failure, ...)                                     \
  loopscope::libc::timed(loopscope::libc::Name::function, LOOPSCOPE_REAL(function), \
                         __builtin_return_address(0), failure,                      \
                         [&](auto* real) { return real(__VA_ARGS__); })
