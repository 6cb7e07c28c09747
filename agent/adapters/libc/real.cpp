// See real.h. The constructor runs before main.
#include "agent/adapters/libc/real.h"

#include <dlfcn.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "agent/adapters/loops/loaded_code.h"

namespace loopscope::libc {
namespace {

constexpr const char* kTexts[] = {
#define LOOPSCOPE_LIBC_TEXT(function) #function,
    LOOPSCOPE_LIBC_HOOKED_FUNCTIONS(LOOPSCOPE_LIBC_TEXT)
#undef LOOPSCOPE_LIBC_TEXT
};

// Defining a site allocates: a hook may run inside the program's malloc, where that is forbidden.
__attribute__((constructor)) void on_load() {
#define LOOPSCOPE_LIBC_FIND(function) LOOPSCOPE_REAL(function);
  LOOPSCOPE_LIBC_HOOKED_FUNCTIONS(LOOPSCOPE_LIBC_FIND)
#undef LOOPSCOPE_LIBC_FIND
  for (unsigned i = 0; i < static_cast<unsigned>(Name::count); ++i) {
    loopscope_site_info info{};
    info.size = sizeof info;
    info.kind = kTexts[i];
    info.flags = LOOPSCOPE_SITE_SYNCHRONOUS | LOOPSCOPE_SITE_BLOCKING | LOOPSCOPE_SITE_STACK;
    sites[i] = loopscope_site_define(&info);
  }
}

}  // namespace

Real real;
loopscope_site sites[static_cast<unsigned>(Name::count)];

const char* text_of(Name name) { return kTexts[static_cast<unsigned>(name)]; }

void* next_behind_us(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (!loops::is_hook_of_ours(found)) return found;
  for (const char* library : {"libc.so.6", "liburing.so.2"}) {
    void* handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    void* function = handle != nullptr ? dlsym(handle, name) : nullptr;
    if (function != nullptr) return function;
  }
  return nullptr;
}

void* find_real(Name name) {
  // Of these there are two versions; a plain look may find the one of 1997.
  const bool condition = name == Name::pthread_cond_wait || name == Name::pthread_cond_timedwait;
  void* found = condition ? dlvsym(RTLD_NEXT, text_of(name), "GLIBC_2.3.2") : nullptr;
  return found != nullptr ? found : next_behind_us(text_of(name));
}

}  // namespace loopscope::libc
