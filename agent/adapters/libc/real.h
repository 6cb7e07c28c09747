// libc's own functions behind our hooks, and the sites of the calls. Found when this library is loaded; a hook that
// is called before that finds its own function first.
#pragma once

#include <loopscope/loopscope.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

#include "agent/adapters/libc/hooked_functions.h"

namespace loopscope::libc {

enum class Name : unsigned {
#define LOOPSCOPE_LIBC_NAME(function) function,
  LOOPSCOPE_LIBC_HOOKED_FUNCTIONS(LOOPSCOPE_LIBC_NAME)
#undef LOOPSCOPE_LIBC_NAME
      count
};

struct Real {
#define LOOPSCOPE_LIBC_MEMBER(function) decltype(&::function) function;
  LOOPSCOPE_LIBC_HOOKED_FUNCTIONS(LOOPSCOPE_LIBC_MEMBER)
#undef LOOPSCOPE_LIBC_MEMBER
};
extern Real real;
extern loopscope_site sites[static_cast<unsigned>(Name::count)];

const char* text_of(Name name);
inline loopscope_site site_of(Name name) { return sites[static_cast<unsigned>(name)]; }

// Never nullptr for a function of the libc that we were built with. Takes no memory.
void* find_real(Name name);

template <class Function>
[[gnu::always_inline]] inline Function found(Function& known, Name name) {
  Function function = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (__builtin_expect(function == nullptr, 0)) {
    function = reinterpret_cast<Function>(find_real(name));
    __atomic_store_n(&known, function, __ATOMIC_RELAXED);
  }
  return function;
}

}  // namespace loopscope::libc

#define LOOPSCOPE_REAL(function) \
  loopscope::libc::found(loopscope::libc::real.function, loopscope::libc::Name::function)
