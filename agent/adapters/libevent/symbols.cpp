// Finds libevent's own functions and code; see symbols.h.
#include "agent/adapters/libevent/symbols.h"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

#include "agent/adapters/loops/loaded_code.h"

namespace loopscope::libevent {

Symbols symbols;

namespace {

// Returned by whatever is nowhere to be found. Callers of any signature read it as their failure.
intptr_t missing_function() { return -1; }

bool is_libevent(const char* path) {
  const char* slash = strrchr(path, '/');
  const char* name = slash != nullptr ? slash + 1 : path;
  return strncmp(name, "libevent", 8) == 0 && (name[8] == '.' || name[8] == '-' || name[8] == '_') &&
         strstr(name, ".so") != nullptr;
}

bool lies_in_libevent(const void* function) {
  Dl_info found;
  return function != nullptr && dladdr(function, &found) != 0 && found.dli_fname != nullptr &&
         is_libevent(found.dli_fname);
}

struct Query {
  char path[4096];
  bool found;
};

int find_path(dl_phdr_info* module, size_t, void* argument) {
  auto* query = static_cast<Query*>(argument);
  if (module->dlpi_name == nullptr || !is_libevent(module->dlpi_name)) return 0;
  const size_t length = strlen(module->dlpi_name);
  if (length >= sizeof query->path) return 0;
  memcpy(query->path, module->dlpi_name, length + 1);
  void* handle = dlopen(query->path, RTLD_LAZY | RTLD_NOLOAD);
  // Of libevent's libraries those that have a loop: libevent_pthreads, for one, has none.
  query->found = handle != nullptr && lies_in_libevent(dlsym(handle, "event_base_loop"));
  return query->found ? 1 : 0;
}

// The handle in which to look; nullptr if there is no libevent. Libevent is kept: it must not go away again.
void* where_libevent_is() {
  if (lies_in_libevent(dlsym(RTLD_NEXT, "event_base_loop"))) return RTLD_NEXT;
  Query query{};
  dl_iterate_phdr(find_path, &query);
  return query.found ? dlopen(query.path, RTLD_LAZY | RTLD_NOLOAD) : nullptr;
}

// Another library may have functions of such names, and call them through its PLT.
void* what_caller_means(const char* name, const void* caller) {
  if (void* next = dlsym(RTLD_NEXT, name)) return next;
  Dl_info from;
  if (caller == nullptr || dladdr(caller, &from) == 0 || from.dli_fname == nullptr) return nullptr;
  void* handle = dlopen(from.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  return handle != nullptr ? dlsym(handle, name) : nullptr;
}

template <class Function>
void resolve(Function*& slot, void* where, const char* name, const void* caller) {
  void* found = where != nullptr ? dlsym(where, name) : what_caller_means(name, caller);
  if (found == nullptr) found = reinterpret_cast<void*>(&missing_function);
  __atomic_store_n(&slot, reinterpret_cast<Function*>(found), __ATOMIC_RELAXED);
}

bool is_known(const Libevent& libevent) {
  constexpr unsigned kVersion = 0x0201;  // major and minor
  return libevent.event_get_version_number() >> 16 == kVersion &&
         libevent.event_get_struct_event_size() == sizeof(event);
}

}  // namespace

void resolve_symbols(const void* caller) {
  void* where = where_libevent_is();
#define LOOPSCOPE_EVENT_RESOLVE(name) resolve(symbols.libevent.name, where, #name, caller);
  LOOPSCOPE_EVENT_HOOKED_FUNCTIONS(LOOPSCOPE_EVENT_RESOLVE)
  LOOPSCOPE_EVENT_USED_FUNCTIONS(LOOPSCOPE_EVENT_RESOLVE)
#undef LOOPSCOPE_EVENT_RESOLVE
  if (where == nullptr) return;
  symbols.code = loops::code_around(reinterpret_cast<const void*>(symbols.libevent.event_base_loop));
  symbols.is_known = is_known(symbols.libevent);
  __atomic_store_n(&symbols.resolved, 1, __ATOMIC_RELEASE);
}

}  // namespace loopscope::libevent
