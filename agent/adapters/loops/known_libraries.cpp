// See known_libraries.h.
#include "agent/adapters/loops/known_libraries.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>

#include <cstring>

namespace loopscope::loops {
namespace {

struct Known {
  const char* prefix;
  const char* kind;
};

// Libraries that run other people's loops, by how their files begin.
constexpr Known kKnown[] = {
    {"libglib-2", "glib"},    {"libQt5Core", "qt"},  {"libQt6Core", "qt"},       {"libev.so", "libev"},
    {"libevent", "libevent"}, {"libuv.so", "libuv"}, {"libsystemd", "sd-event"}, {"select.cpython", "python"},
    {"libpython", "python"},  {"libverto", "verto"}, {"libtevent", "tevent"},
};
// Interpreters that have their loop's waits inside.
constexpr Known kPrograms[] = {{"python3", "python"}, {"node", "node"}};

const char* kind_of(const char* file, const Known* known, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    if (strncmp(file, known[i].prefix, strlen(known[i].prefix)) == 0) return known[i].kind;
  }
  return nullptr;
}

const char* file_of(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash != nullptr ? slash + 1 : path;
}

}  // namespace

Waiter waiter_at(const void* caller) {
  dl_find_object found;
  if (_dl_find_object(const_cast<void*>(caller), &found) != 0) return {nullptr, nullptr, false};
  const char* path = found.dlfo_link_map->l_name;
  if (path == nullptr || *path == 0) {
    const char* kind =
        kind_of(program_invocation_short_name, kPrograms, sizeof kPrograms / sizeof *kPrograms);
    return {kind, nullptr, true};
  }
  const char* file = file_of(path);
  return {kind_of(file, kKnown, sizeof kKnown / sizeof *kKnown), file, false};
}

}  // namespace loopscope::loops
