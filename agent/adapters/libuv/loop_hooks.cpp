// Loops begin, run and end. A tick is what lies between two waits in the kernel: those of libuv's code inside of uv_run
// (agent/adapters/loops). On the loop's thread.
#include "agent/adapters/libuv/call.h"
#include "agent/adapters/libuv/loops.h"
#include "agent/adapters/loops/activity.h"
#include "agent/adapters/loops/entered.h"

using namespace loopscope;
using namespace loopscope::uv;

namespace {

void begin_loop(const uv_loop_t* loop, const char* name) {
  loops::loop_activity();
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
  loops::loop_activity();
  loops::Entered& entered = *loopscope_internal_entered();
  const loops::Entered outer = entered;
  const loopscope_loop inner = loop_number(loop, nullptr);
  entered.loop = inner;
  entered.library = symbols.libuv_code;
  entered.in_callback = &thread_state.in_user_callback;
  entered.by_epoll_only = true;
  loopscope_loop_entered(inner);
  const int result = call.libuv.uv_run(loop, mode);
  loopscope_loop_left(inner, outer.loop != 0 ? outer.loop : outer.found);
  entered = outer;
  return result;
}
