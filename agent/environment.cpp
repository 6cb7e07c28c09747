#include "agent/environment.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace loopscope {
namespace {

constexpr char kPrefix[] = "LOOPSCOPE_";

// "NAME=value", one behind the other. Paths may be long, the rest is short.
char g_kept[16 * 1024];
std::size_t g_kept_bytes;

__attribute__((constructor)) void keep_environment() {
  if (getauxval(AT_SECURE) != 0) return;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    if (std::strncmp(*at, kPrefix, sizeof kPrefix - 1) != 0) continue;
    const std::size_t bytes = std::strlen(*at) + 1;
    if (bytes > sizeof g_kept - g_kept_bytes) continue;
    std::memcpy(g_kept + g_kept_bytes, *at, bytes);
    g_kept_bytes += bytes;
  }
}

const char* kept(const char* name) {
  const std::size_t length = std::strlen(name);
  for (std::size_t at = 0; at < g_kept_bytes; at += std::strlen(g_kept + at) + 1) {
    if (std::strncmp(g_kept + at, name, length) == 0 && g_kept[at + length] == '=')
      return g_kept + at + length + 1;
  }
  return nullptr;
}

}  // namespace

const char* variable(const char* name) {
  // What cannot be trusted was not kept either.
  const char* value = secure_getenv(name);
  if (value == nullptr) value = kept(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace loopscope
