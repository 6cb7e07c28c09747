// Finds libuv's own functions and code; see symbols.h.
#include "agent/adapters/libuv/symbols.h"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

#include "agent/adapters/loops/loaded_code.h"

namespace loopscope::uv {

Symbols symbols;

namespace {

// Returned by whatever this libuv does not have yet. Callers of any signature read it as their int.
int missing_function() { return UV_ENOSYS; }

struct PathQuery {
  char path[4096];
  bool found;
};

// "libuv.so.1", "libuv-4f6a2b.so.1.0.0" (bundled with a wheel); not "libuvc.so".
bool is_libuv(const char* path) {
  const char* slash = strrchr(path, '/');
  const char* name = slash ? slash + 1 : path;
  return strncmp(name, "libuv", 5) == 0 && (name[5] == '.' || name[5] == '-') && strstr(name, ".so");
}

int find_libuv(dl_phdr_info* module, size_t, void* argument) {
  auto* query = static_cast<PathQuery*>(argument);
  if (!module->dlpi_name || !is_libuv(module->dlpi_name)) return 0;
  const size_t length = strlen(module->dlpi_name);
  if (length >= sizeof query->path) return 0;
  memcpy(query->path, module->dlpi_name, length + 1);
  query->found = true;
  return 1;
}

// The handle in which to look: RTLD_NEXT where that leads to libuv, else libuv itself, loaded for one plugin or
// standing before us in symbol order; null if there is none. The handle is kept: libuv must not go away again.
void* where_libuv_is() {
  void* next = dlsym(RTLD_NEXT, "uv_run");
  if (next && !loops::is_hook_of_ours(next)) return RTLD_NEXT;
  PathQuery query{};
  dl_iterate_phdr(find_libuv, &query);
  return query.found ? dlopen(query.path, RTLD_LAZY | RTLD_NOLOAD) : nullptr;
}

template <typename Function>
void resolve(Function*& slot, void* where, const char* name) {
  void* found = where ? dlsym(where, name) : nullptr;
  if (!found) found = reinterpret_cast<void*>(&missing_function);
  __atomic_store_n(&slot, reinterpret_cast<Function*>(found), __ATOMIC_RELAXED);
}

}  // namespace

void resolve_symbols() {
  void* where = where_libuv_is();
#define LOOPSCOPE_UV_RESOLVE(name) resolve(symbols.libuv.name, where, #name);
  LOOPSCOPE_UV_HOOKED_FUNCTIONS(LOOPSCOPE_UV_RESOLVE)
  LOOPSCOPE_UV_USED_FUNCTIONS(LOOPSCOPE_UV_RESOLVE)
#undef LOOPSCOPE_UV_RESOLVE
  if (!where) return;
  symbols.libuv_code = loops::code_around(reinterpret_cast<const void*>(symbols.libuv.uv_run));
  symbols.own_code = loops::code_around(reinterpret_cast<const void*>(&resolve_symbols));
  __atomic_store_n(&symbols.resolved, 1, __ATOMIC_RELEASE);
}

}  // namespace loopscope::uv
