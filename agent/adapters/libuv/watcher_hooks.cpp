// Handles that watch something and call back each time: idle, prepare, check, async, poll, signal, fs_event and
// fs_poll. On the loop's thread, except uv_async_send.
#include "agent/adapters/libuv/subscription.h"

using namespace loopscope::uv;

#define LOOPSCOPE_UV_LOOP_WATCHER(name)                                                             \
  LOOPSCOPE_HOOK int uv_##name##_start(uv_##name##_t* handle, uv_##name##_cb callback) {            \
    LOOPSCOPE_UV_CALL;                                                                              \
    return start_subscription<uv_##name##_t, uv_##name##_cb>(                                       \
        call, Kind::name, Restart::ignored, handle, callback, on_event<uv_##name##_t>,              \
        [&](uv_##name##_cb installed) { return call.libuv.uv_##name##_start(handle, installed); }); \
  }                                                                                                 \
  LOOPSCOPE_HOOK int uv_##name##_stop(uv_##name##_t* handle) {                                      \
    LOOPSCOPE_UV_CALL;                                                                              \
    const int result = call.libuv.uv_##name##_stop(handle);                                         \
    if (result == 0) stop_subscription(call, Kind::name, handle);                                   \
    return result;                                                                                  \
  }

LOOPSCOPE_UV_LOOP_WATCHER(idle)
LOOPSCOPE_UV_LOOP_WATCHER(prepare)
LOOPSCOPE_UV_LOOP_WATCHER(check)

// ---- async: sends coalesce until the callback runs ----

static void on_async(uv_async_t* handle) {
  HandleSlot(handle).clear_sent();
  on_event<uv_async_t>(handle);
}

// Without a callback an async only wakes its loop: not a task.
LOOPSCOPE_HOOK int uv_async_init(uv_loop_t* loop, uv_async_t* handle, uv_async_cb callback) {
  LOOPSCOPE_UV_CALL;
  if (!call.from_user) return call.libuv.uv_async_init(loop, handle, callback);
  HandleSlot slot(handle);
  finish(slot.task(), LOOPSCOPE_OUTCOME_ABANDONED);
  slot.clear();
  return start_subscription<uv_async_t, uv_async_cb>(
      call, Kind::async, Restart::refused, handle, callback, on_async,
      [&](uv_async_cb installed) { return call.libuv.uv_async_init(loop, handle, installed); });
}

LOOPSCOPE_HOOK int uv_async_send(uv_async_t* handle) {
  const Libuv& real = libuv();
  if (loopscope_recording()) {
    HandleSlot slot(handle);
    if (slot.kind() == Kind::async && slot.task() && slot.mark_sent()) loopscope_task_ready(slot.task());
  }
  return real.uv_async_send(handle);
}

// ---- poll: an error ends it ----

static void on_poll(uv_poll_t* handle, int status, int events) {
  HandleSlot slot(handle);
  const auto callback = slot.callback<uv_poll_cb>();
  const loopscope_task task = slot.task();
  if (status < 0) slot.task_is_over();  // libuv has stopped it
  {
    CallbackSpan span(task);
    callback(handle, status, events);
  }
  if (status < 0) finish_with_status(task, status);
}

LOOPSCOPE_HOOK int uv_poll_start(uv_poll_t* handle, int events, uv_poll_cb callback) {
  LOOPSCOPE_UV_CALL;
  if (events == 0) {  // libuv's other way to say uv_poll_stop
    const int result = call.libuv.uv_poll_start(handle, events, callback);
    if (result == 0) stop_subscription(call, Kind::poll, handle);
    return result;
  }
  return start_subscription<uv_poll_t, uv_poll_cb>(
      call, Kind::poll, Restart::replaces, handle, callback, on_poll,
      [&](uv_poll_cb installed) { return call.libuv.uv_poll_start(handle, events, installed); });
}

LOOPSCOPE_HOOK int uv_poll_stop(uv_poll_t* handle) {
  LOOPSCOPE_UV_CALL;
  const int result = call.libuv.uv_poll_stop(handle);
  if (result == 0) stop_subscription(call, Kind::poll, handle);
  return result;
}

// ---- signal ----

static void on_signal_oneshot(uv_signal_t* handle, int number) {
  HandleSlot slot(handle);
  const auto callback = slot.callback<uv_signal_cb>();
  const loopscope_task task = slot.task();
  {
    CallbackSpan span(task);
    callback(handle, number);
  }
  // libuv stops it after the callback, even if the callback started it anew. The handle is still there: its
  // memory must last until the close callback, which comes later.
  if (task && slot.task() == task) {
    slot.task_is_over();
    finish_now(task, LOOPSCOPE_OUTCOME_OK, 0);
  }
}

LOOPSCOPE_HOOK int uv_signal_start(uv_signal_t* handle, uv_signal_cb callback, int number) {
  LOOPSCOPE_UV_CALL;
  return start_subscription<uv_signal_t, uv_signal_cb>(
      call, Kind::signal, Restart::replaces, handle, callback, on_event<uv_signal_t, int>,
      [&](uv_signal_cb installed) { return call.libuv.uv_signal_start(handle, installed, number); });
}

LOOPSCOPE_HOOK int uv_signal_start_oneshot(uv_signal_t* handle, uv_signal_cb callback, int number) {
  LOOPSCOPE_UV_CALL;
  return start_subscription<uv_signal_t, uv_signal_cb>(
      call, Kind::signal_oneshot, Restart::replaces, handle, callback, on_signal_oneshot,
      [&](uv_signal_cb installed) { return call.libuv.uv_signal_start_oneshot(handle, installed, number); });
}

LOOPSCOPE_HOOK int uv_signal_stop(uv_signal_t* handle) {
  LOOPSCOPE_UV_CALL;
  const int result = call.libuv.uv_signal_stop(handle);
  if (result == 0) {
    stop_subscription(call, Kind::signal, handle);
    stop_subscription(call, Kind::signal_oneshot, handle);
  }
  return result;
}

// ---- files ----

LOOPSCOPE_HOOK int uv_fs_event_start(uv_fs_event_t* handle, uv_fs_event_cb callback, const char* path,
                                     unsigned flags) {
  LOOPSCOPE_UV_CALL;
  return start_subscription<uv_fs_event_t, uv_fs_event_cb>(
      call, Kind::fs_event, Restart::refused, handle, callback,
      on_event<uv_fs_event_t, const char*, int, int>,
      [&](uv_fs_event_cb installed) { return call.libuv.uv_fs_event_start(handle, installed, path, flags); });
}

LOOPSCOPE_HOOK int uv_fs_event_stop(uv_fs_event_t* handle) {
  LOOPSCOPE_UV_CALL;
  const int result = call.libuv.uv_fs_event_stop(handle);
  if (result == 0) stop_subscription(call, Kind::fs_event, handle);
  return result;
}

LOOPSCOPE_HOOK int uv_fs_poll_start(uv_fs_poll_t* handle, uv_fs_poll_cb callback, const char* path,
                                    unsigned interval) {
  LOOPSCOPE_UV_CALL;
  return start_subscription<uv_fs_poll_t, uv_fs_poll_cb>(
      call, Kind::fs_poll, Restart::ignored, handle, callback,
      on_event<uv_fs_poll_t, int, const uv_stat_t*, const uv_stat_t*>, [&](uv_fs_poll_cb installed) {
        return call.libuv.uv_fs_poll_start(handle, installed, path, interval);
      });
}

LOOPSCOPE_HOOK int uv_fs_poll_stop(uv_fs_poll_t* handle) {
  LOOPSCOPE_UV_CALL;
  const int result = call.libuv.uv_fs_poll_stop(handle);
  if (result == 0) stop_subscription(call, Kind::fs_poll, handle);
  return result;
}
