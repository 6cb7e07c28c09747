// loopscope_uv_attach and _detach; see <loopscope/uv.h>. On the loop's thread.
#include <dlfcn.h>

#include <cstdlib>

#include "agent/adapters/libuv/call.h"
#include "agent/adapters/libuv/loops.h"
#include "agent/adapters/loops/entered.h"
#include "agent/include/loopscope/uv.h"

using namespace loopscope::uv;

namespace {

// Where our hooks are not in front: two handles that stand before and behind the loop's wait.
struct TickHandles {
  uv_prepare_t before;
  uv_check_t after;
  loopscope_loop number;
  const uv_loop_t* loop;
  int open;
  TickHandles* next;
};

// Few, and touched at attach and detach only.
TickHandles* attached;
int attached_lock;

void lock() {
  while (__atomic_exchange_n(&attached_lock, 1, __ATOMIC_ACQUIRE)) {
  }
}
void unlock() { __atomic_store_n(&attached_lock, 0, __ATOMIC_RELEASE); }

void before_wait(uv_prepare_t* handle) {
  const auto* ticks = static_cast<const TickHandles*>(handle->data);
  const int timeout_ms = libuv().uv_backend_timeout(handle->loop);
  loopscope_poll_begin(ticks->number,
                       timeout_ms < 0 ? UINT64_MAX : static_cast<uint64_t>(timeout_ms) * 1000000);
}

void after_wait(uv_check_t* handle) {
  loopscope_poll_end(static_cast<const TickHandles*>(handle->data)->number, 0);
}

void one_closed(uv_handle_t* handle) {
  auto* ticks = static_cast<TickHandles*>(handle->data);
  if (--ticks->open == 0) free(ticks);
}

// True if a call of uv_run from anywhere arrives at our hook: of this library or of the preloaded one.
bool hooks_are_in_front() {
  void* first = dlsym(RTLD_DEFAULT, "uv_run");
  return first && first != reinterpret_cast<void*>(libuv().uv_run);
}

}  // namespace

extern "C" int loopscope_uv_attach(uv_loop_t* loop) {
  if (!loop) return LOOPSCOPE_EINVAL;
  const loopscope_loop number = loop_number(loop, nullptr);
  if (hooks_are_in_front()) return LOOPSCOPE_OK;
  auto* ticks = static_cast<TickHandles*>(calloc(1, sizeof(TickHandles)));
  if (!ticks) return LOOPSCOPE_ENOMEM;
  const Libuv& real = libuv();
  loopscope_internal_entered()->told = symbols.libuv_code;
  ticks->number = number;
  ticks->loop = loop;
  ticks->open = 2;
  real.uv_prepare_init(loop, &ticks->before);
  real.uv_check_init(loop, &ticks->after);
  ticks->before.data = ticks;
  ticks->after.data = ticks;
  real.uv_prepare_start(&ticks->before, before_wait);
  real.uv_check_start(&ticks->after, after_wait);
  real.uv_unref(reinterpret_cast<uv_handle_t*>(&ticks->before));
  real.uv_unref(reinterpret_cast<uv_handle_t*>(&ticks->after));
  lock();
  ticks->next = attached;
  attached = ticks;
  unlock();
  return LOOPSCOPE_UV_TICKS_ONLY;
}

extern "C" void loopscope_uv_detach(uv_loop_t* loop) {
  lock();
  TickHandles** link = &attached;
  while (*link && (*link)->loop != loop) link = &(*link)->next;
  TickHandles* ticks = *link;
  if (ticks) *link = ticks->next;
  unlock();
  if (!ticks) return;
  loopscope_internal_entered()->told = {};
  const Libuv& real = libuv();
  real.uv_close(reinterpret_cast<uv_handle_t*>(&ticks->before), one_closed);
  real.uv_close(reinterpret_cast<uv_handle_t*>(&ticks->after), one_closed);
}
