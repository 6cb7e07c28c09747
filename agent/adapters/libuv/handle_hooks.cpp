// Handles begin, are walked over, and close. On the loop's thread.
#include "agent/adapters/libuv/slot.h"
#include "agent/adapters/libuv/task.h"

using namespace loopscope::uv;

namespace {

// Memory that is made a handle anew while its task was pending: that task can never call back.
template <typename Handle>
void begin_handle(const Call& call, Handle* handle, int result) {
  if (!call.from_user || result != 0) return;
  HandleSlot slot(handle);
  const loopscope_task task = slot.task();
  slot.clear();
  finish(task, LOOPSCOPE_OUTCOME_ABANDONED);
}

void on_close(uv_handle_t* handle) {
  HandleSlot slot(handle);
  const auto callback = slot.close_callback();
  const loopscope_task task = slot.close_task();
  slot.clear();  // from here on the callback may free the handle
  if (!callback) return finish_with_status(task, 0);
  CallbackSpan span(task, 0);
  callback(handle);
}

// What the handle was doing ends with the closing, whose callback is a task of its own. Who closes whatever
// uv_walk finds does not know what it ends: a timer that was still to fire had been left behind, not cancelled.
template <typename Handle>
void begin_close(const Call& call, Handle* handle, uv_close_cb callback) {
  HandleSlot slot(handle);
  const loopscope_task task = slot.task();
  const Kind kind = slot.kind();
  slot.close(created(Kind::close, call), callback);
  if (is_subscription(kind)) {
    finish(task, LOOPSCOPE_OUTCOME_OK);
  } else if (thread_state.in_walk) {
    finish(task, LOOPSCOPE_OUTCOME_ABANDONED);
  } else {
    finish(task, LOOPSCOPE_OUTCOME_CANCELLED, UV_ECANCELED);
  }
}

// Not traced: the handle's task ends all the same.
template <typename Handle>
void forget_task(const Call& call, Handle* handle) {
  HandleSlot slot(handle);
  if (!call.from_user || !slot.ours()) return;
  finish(slot.task(), LOOPSCOPE_OUTCOME_CANCELLED);
  slot.task_is_over();
}

struct Walk {
  uv_walk_cb callback;
  void* argument;
};

// So that a callback that ends in a tail call (uv_close) is known to be the user's.
void on_walk(uv_handle_t* handle, void* argument) {
  const auto* walk = static_cast<const Walk*>(argument);
  CallbackSpan no_task(0);
  const bool outer = thread_state.in_walk;
  thread_state.in_walk = true;
  walk->callback(handle, walk->argument);
  thread_state.in_walk = outer;
}

}  // namespace

#define LOOPSCOPE_UV_INIT(function, Handle, parameters, ...) \
  LOOPSCOPE_HOOK int function parameters {                   \
    LOOPSCOPE_UV_CALL;                                       \
    const int result = call.libuv.function(__VA_ARGS__);     \
    begin_handle<Handle>(call, handle, result);              \
    return result;                                           \
  }

LOOPSCOPE_UV_INIT(uv_check_init, uv_check_t, (uv_loop_t * loop, uv_check_t* handle), loop, handle)
LOOPSCOPE_UV_INIT(uv_fs_event_init, uv_fs_event_t, (uv_loop_t * loop, uv_fs_event_t* handle), loop, handle)
LOOPSCOPE_UV_INIT(uv_fs_poll_init, uv_fs_poll_t, (uv_loop_t * loop, uv_fs_poll_t* handle), loop, handle)
LOOPSCOPE_UV_INIT(uv_idle_init, uv_idle_t, (uv_loop_t * loop, uv_idle_t* handle), loop, handle)
LOOPSCOPE_UV_INIT(uv_prepare_init, uv_prepare_t, (uv_loop_t * loop, uv_prepare_t* handle), loop, handle)
LOOPSCOPE_UV_INIT(uv_signal_init, uv_signal_t, (uv_loop_t * loop, uv_signal_t* handle), loop, handle)
LOOPSCOPE_UV_INIT(uv_timer_init, uv_timer_t, (uv_loop_t * loop, uv_timer_t* handle), loop, handle)
LOOPSCOPE_UV_INIT(uv_tcp_init, uv_tcp_t, (uv_loop_t * loop, uv_tcp_t* handle), loop, handle)
LOOPSCOPE_UV_INIT(uv_udp_init, uv_udp_t, (uv_loop_t * loop, uv_udp_t* handle), loop, handle)
LOOPSCOPE_UV_INIT(uv_pipe_init, uv_pipe_t, (uv_loop_t * loop, uv_pipe_t* handle, int ipc), loop, handle, ipc)
LOOPSCOPE_UV_INIT(uv_poll_init, uv_poll_t, (uv_loop_t * loop, uv_poll_t* handle, int fd), loop, handle, fd)
LOOPSCOPE_UV_INIT(uv_poll_init_socket, uv_poll_t, (uv_loop_t * loop, uv_poll_t* handle, uv_os_sock_t socket),
                  loop, handle, socket)
LOOPSCOPE_UV_INIT(uv_tcp_init_ex, uv_tcp_t, (uv_loop_t * loop, uv_tcp_t* handle, unsigned flags), loop,
                  handle, flags)
LOOPSCOPE_UV_INIT(uv_udp_init_ex, uv_udp_t, (uv_loop_t * loop, uv_udp_t* handle, unsigned flags), loop,
                  handle, flags)
LOOPSCOPE_UV_INIT(uv_tty_init, uv_tty_t, (uv_loop_t * loop, uv_tty_t* handle, uv_file fd, int readable), loop,
                  handle, fd, readable)

LOOPSCOPE_HOOK void uv_walk(uv_loop_t* loop, uv_walk_cb callback, void* argument) {
  LOOPSCOPE_UV_CALL;
  if (!call.traced() || !callback) return call.libuv.uv_walk(loop, callback, argument);
  Walk walk{callback, argument};
  call.libuv.uv_walk(loop, on_walk, &walk);
}

LOOPSCOPE_HOOK void uv_close(uv_handle_t* handle, uv_close_cb callback) {
  LOOPSCOPE_UV_CALL;
  if (call.traced()) {
    begin_close(call, handle, callback);
    callback = on_close;
  } else {
    forget_task(call, handle);
  }
  call.libuv.uv_close(handle, callback);
}

LOOPSCOPE_HOOK int uv_tcp_close_reset(uv_tcp_t* handle, uv_close_cb callback) {
  LOOPSCOPE_UV_CALL;
  if (!call.traced()) {
    const int result = call.libuv.uv_tcp_close_reset(handle, callback);
    if (result == 0) forget_task(call, handle);
    return result;
  }
  HandleSlot slot(handle);
  const HandleSlot::Saved saved = slot.save();
  const loopscope_task task = slot.task();
  const loopscope_task close_task = created(Kind::close, call);
  slot.close(close_task, callback);
  const int result = call.libuv.uv_tcp_close_reset(handle, on_close);
  if (result == 0) {
    finish(task, LOOPSCOPE_OUTCOME_OK);
  } else {
    slot.restore(saved);
    finish_with_status(close_task, result);
  }
  return result;
}
