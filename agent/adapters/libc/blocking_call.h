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

// `call(real function)` between two looks at the clock.
template <class Function, class Failure, class Call>
[[gnu::always_inline]] inline auto timed(Name name, Function function, const void* return_address,
                                         Failure failure, Call call) {
  const uint64_t begin = loops::entered.in_synchronous_call ? 0 : loopscope_internal_blocking_begin();
  const auto result = call(function);
  if (__builtin_expect(begin != 0, 0)) {
    loopscope_internal_blocking_end(text_of(name), site_of(name), begin, failure(result), return_address);
  }
  return result;
}

}  // namespace loopscope::libc

// The body of a hook: the same arguments go to libc.
#define LOOPSCOPE_TIMED(function, failure, ...)                                     \
  loopscope::libc::timed(loopscope::libc::Name::function, LOOPSCOPE_REAL(function), \
                         __builtin_return_address(0), failure,                      \
                         [&](auto* real) { return real(__VA_ARGS__); })
