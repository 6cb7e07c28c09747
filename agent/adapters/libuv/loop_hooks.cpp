// Loops begin, run, poll and end. A tick is what lies between two waits in the kernel: libuv 1.44 on Linux waits
// in epoll_wait or epoll_pwait of libc (its calls of poll are not the loop's wait). On the loop's thread.
#include <dlfcn.h>
#include <sys/epoll.h>

#include "agent/adapters/libuv/call.h"
#include "agent/adapters/libuv/loops.h"

using namespace loopscope::uv;

namespace {

using EpollWait = int (*)(int, epoll_event*, int, int);
using EpollPwait = int (*)(int, epoll_event*, int, int, const sigset_t*);

template <typename Function>
Function next_function(Function& known, const char* name) {
  Function function = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (!function) {
    function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
    __atomic_store_n(&known, function, __ATOMIC_RELAXED);
  }
  return function;
}

EpollWait next_epoll_wait;
EpollPwait next_epoll_pwait;

// The loop whose wait this is; 0 for everybody else's use of epoll.
loopscope_loop polling_loop(const void* return_address) {
  if (!loopscope_recording() || !thread_state.loop) return 0;
  if (thread_state.in_user_callback || !symbols.libuv_code.contains(return_address)) return 0;
  return thread_state.loop;
}

uint64_t nanoseconds(int timeout_ms) {
  return timeout_ms < 0 ? UINT64_MAX : static_cast<uint64_t>(timeout_ms) * 1000000;
}

void begin_loop(const uv_loop_t* loop, const char* name) {
  loop_activity();
  loop_number(loop, name);
}

}  // namespace

LOOPSCOPE_HOOK int uv_loop_init(uv_loop_t* loop) {
  LOOPSCOPE_UV_CALL;
  const int result = call.libuv.uv_loop_init(loop);
  if (result != 0) return result;
  forget_loop(loop);  // an earlier one at this address, thrown away without uv_loop_close
  // From libuv itself: uv_default_loop, which names it.
  if (call.from_user) begin_loop(loop, nullptr);
  return result;
}

LOOPSCOPE_HOOK uv_loop_t* uv_default_loop(void) {
  LOOPSCOPE_UV_CALL;
  uv_loop_t* loop = call.libuv.uv_default_loop();
  if (loop && call.from_user) begin_loop(loop, "default");
  return loop;
}

LOOPSCOPE_HOOK int uv_loop_close(uv_loop_t* loop) {
  LOOPSCOPE_UV_CALL;
  const int result = call.libuv.uv_loop_close(loop);
  if (result == 0) forget_loop(loop);
  return result;
}

// Loops nest: a callback may run another one, or the same.
LOOPSCOPE_HOOK int uv_run(uv_loop_t* loop, uv_run_mode mode) {
  LOOPSCOPE_UV_CALL;
  loop_activity();
  const loopscope_loop outer = thread_state.loop;
  const loopscope_loop inner = loop_number(loop, nullptr);
  thread_state.loop = inner;
  loopscope_loop_entered(inner);
  const int result = call.libuv.uv_run(loop, mode);
  loopscope_loop_left(inner, outer);
  thread_state.loop = outer;
  return result;
}

LOOPSCOPE_HOOK int epoll_wait(int epoll, epoll_event* events, int size, int timeout_ms) {
  const EpollWait next = next_function(next_epoll_wait, "epoll_wait");
  const loopscope_loop loop = polling_loop(__builtin_return_address(0));
  if (!loop) return next(epoll, events, size, timeout_ms);
  loopscope_poll_begin(loop, nanoseconds(timeout_ms));
  const int result = next(epoll, events, size, timeout_ms);
  loopscope_poll_end(loop, result > 0 ? static_cast<uint32_t>(result) : 0);
  return result;
}

LOOPSCOPE_HOOK int epoll_pwait(int epoll, epoll_event* events, int size, int timeout_ms,
                               const sigset_t* mask) {
  const EpollPwait next = next_function(next_epoll_pwait, "epoll_pwait");
  const loopscope_loop loop = polling_loop(__builtin_return_address(0));
  if (!loop) return next(epoll, events, size, timeout_ms, mask);
  loopscope_poll_begin(loop, nanoseconds(timeout_ms));
  const int result = next(epoll, events, size, timeout_ms, mask);
  loopscope_poll_end(loop, result > 0 ? static_cast<uint32_t>(result) : 0);
  return result;
}
