// See policy.h. The constructor runs before main; the rest on the thread that makes or runs a loop.
#include "agent/preload/policy.h"

#include <loopscope/loopscope.h>

#include <cstdlib>
#include <cstring>

#include "agent/adapters/loops/activity.h"
#include "agent/session.h"

namespace loopscope::preload {

namespace {

int asked = -1;  // not read yet
bool leaves_children;
int settled;  // nothing more to do for this process; its forked children are the agent's affair

bool is_set(const char* name, const char* value) {
  const char* found = secure_getenv(name);
  return found && strcmp(found, value) == 0;
}

// Takes this library out of the environment, so that programs started from now on are left alone.
void leave_children_alone() {
  const char* preload = getenv("LD_PRELOAD");
  if (preload) {
    char kept[4096];
    size_t length = 0;
    while (*preload) {
      preload += strspn(preload, ": ");
      const size_t size = strcspn(preload, ": ");
      if (size == 0) break;
      const void* ours = memmem(preload, size, "libloopscope_preload.so", strlen("libloopscope_preload.so"));
      if (!ours && length + size + 1 < sizeof kept) {
        if (length) kept[length++] = ':';
        memcpy(kept + length, preload, size);
        length += size;
      }
      preload += size;
    }
    kept[length] = 0;
    if (length) {
      setenv("LD_PRELOAD", kept, 1);
    } else {
      unsetenv("LD_PRELOAD");
    }
  }
  unsetenv("LOOPSCOPE_RECORD");
}

// Asked before main: programs clear their environment.
__attribute__((constructor)) void on_load() {
  asked_to_record();
  leaves_children = is_set("LOOPSCOPE_CHILDREN", "0");
}

}  // namespace

bool asked_to_record() {
  if (asked < 0) asked = is_set("LOOPSCOPE_RECORD", "1");
  return asked;
}

}  // namespace loopscope::preload

void loopscope::loops::loop_activity() {
  using namespace loopscope::preload;
  if (__atomic_load_n(&settled, __ATOMIC_RELAXED)) return;
  if (__atomic_exchange_n(&settled, 1, __ATOMIC_RELAXED) || !asked_to_record()) return;
  loopscope_internal_loop_activity();
  if (leaves_children) leave_children_alone();
}

bool loopscope::loops::may_begin_recording() {
  using namespace loopscope::preload;
  return !__atomic_load_n(&settled, __ATOMIC_RELAXED) && asked_to_record();
}
