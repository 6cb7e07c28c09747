// Calls by which a program gives up its rights or its root: the files of a recording are opened just before,
// since a daemon does this before it runs a loop. On the thread that calls, usually before main's work begins.
#include <dlfcn.h>
#include <loopscope/loopscope.h>
#include <sys/types.h>
#include <unistd.h>

#include "agent/preload/policy.h"
#include "agent/session.h"

#define LOOPSCOPE_HOOK extern "C" __attribute__((visibility("default")))

namespace {

void open_files_while_we_may() {
  if (loopscope::preload::asked_to_record()) loopscope_internal_prepare();
}

template <class... Arguments>
int call_next(const char* name, Arguments... arguments) {
  open_files_while_we_may();
  return reinterpret_cast<int (*)(Arguments...)>(dlsym(RTLD_NEXT, name))(arguments...);
}

}  // namespace

LOOPSCOPE_HOOK int chroot(const char* path) noexcept { return call_next("chroot", path); }

LOOPSCOPE_HOOK int setuid(uid_t id) noexcept { return call_next("setuid", id); }
LOOPSCOPE_HOOK int seteuid(uid_t id) noexcept { return call_next("seteuid", id); }
LOOPSCOPE_HOOK int setreuid(uid_t real, uid_t effective) noexcept {
  return call_next("setreuid", real, effective);
}
LOOPSCOPE_HOOK int setresuid(uid_t real, uid_t effective, uid_t saved) noexcept {
  return call_next("setresuid", real, effective, saved);
}

LOOPSCOPE_HOOK int setgid(gid_t id) noexcept { return call_next("setgid", id); }
LOOPSCOPE_HOOK int setegid(gid_t id) noexcept { return call_next("setegid", id); }
LOOPSCOPE_HOOK int setregid(gid_t real, gid_t effective) noexcept {
  return call_next("setregid", real, effective);
}
LOOPSCOPE_HOOK int setresgid(gid_t real, gid_t effective, gid_t saved) noexcept {
  return call_next("setresgid", real, effective, saved);
}
