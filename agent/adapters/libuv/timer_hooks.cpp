// uv_timer_*. One-shot timers are tasks, repeating ones subscriptions. On the loop's thread.
#include "agent/adapters/libuv/slot.h"
#include "agent/adapters/libuv/task.h"

using namespace loopscope::uv;

namespace {

constexpr uint64_t kNanosPerMilli = 1000000;

uint64_t nanoseconds(uint64_t milliseconds) {
  return milliseconds > UINT64_MAX / kNanosPerMilli ? UINT64_MAX : milliseconds * kNanosPerMilli;
}

// libuv has stopped the timer and, if it repeats, started it again before it calls back. uv_timer_set_repeat may
// have turned the one into the other meanwhile, so what counts is the timer, not how it was started.
void on_timer(uv_timer_t* handle) {
  HandleSlot slot(handle);
  const HandleSlot::Contents contents = slot.read();
  const auto callback = reinterpret_cast<uv_timer_cb>(contents.callback);
  if (const uint64_t repeat = symbols.libuv.uv_timer_get_repeat(handle)) {
    CallbackSpan span(contents.task);
    // Counted from when the loop woke, which is a little earlier: what it then waits is rather too little than too much.
    loopscope_task_due(contents.task, nanoseconds(repeat));
    callback(handle);
  } else {
    slot.task_is_over(contents);
    CallbackSpan span(contents.task, 0);
    callback(handle);
  }
}

void finish_stopped(loopscope_task task, Kind kind) {
  finish(task, kind == Kind::timer ? LOOPSCOPE_OUTCOME_CANCELLED : LOOPSCOPE_OUTCOME_OK,
         kind == Kind::timer ? UV_ECANCELED : 0);
}

[[gnu::noinline]] int start_timer(const void* caller, uv_timer_t* handle, uv_timer_cb callback,
                                  uint64_t timeout, uint64_t repeat) {
  const Call call(caller, Call::OfUser());
  if (callback == on_timer || callback == nullptr) {
    return call.libuv.uv_timer_start(handle, callback, timeout, repeat);
  }
  HandleSlot slot(handle);
  if (!call.traced()) {
    const int result = call.libuv.uv_timer_start(handle, callback, timeout, repeat);
    if (result == 0 && slot.ours()) slot.clear();
    return result;
  }
  const Kind kind = repeat ? Kind::interval : Kind::timer;
  const int result = call.libuv.uv_timer_start(handle, on_timer, timeout, repeat);
  if (result != 0) return result;  // closing: nothing has begun
  if (const loopscope_task previous = slot.task()) finish_stopped(previous, slot.kind());
  const loopscope_task task = created(kind, call);
  loopscope_task_due(task, nanoseconds(timeout));
  slot.set(kind, task, to_word(callback));
  return 0;
}

[[gnu::noinline]] int stop_timer(const void* caller, uv_timer_t* handle) {
  const Call call(caller, Call::OfUser());
  const int result = call.libuv.uv_timer_stop(handle);
  HandleSlot slot(handle);
  if (const loopscope_task task = slot.task()) {
    slot.task_is_over();
    finish_stopped(task, slot.kind());
  }
  return result;
}

// Runs the stored callback again after `repeat`. A timer that is still pending stays the same task.
[[gnu::noinline]] int start_timer_again(const void* caller, uv_timer_t* handle) {
  const Call call(caller, Call::OfUser());
  const int result = call.libuv.uv_timer_again(handle);
  if (!call.traced() || result != 0) return result;
  HandleSlot slot(handle);
  const uint64_t repeat = call.libuv.uv_timer_get_repeat(handle);
  const auto callback = slot.callback<uv_timer_cb>();
  if (slot.task() || slot.closing() || !callback || repeat == 0) return result;
  const loopscope_task task = created(Kind::interval, call);
  loopscope_task_due(task, nanoseconds(repeat));
  slot.set(Kind::interval, task, to_word(callback));
  return result;
}

}  // namespace

LOOPSCOPE_HOOK int uv_timer_start(uv_timer_t* handle, uv_timer_cb callback, uint64_t timeout,
                                  uint64_t repeat) {
  LOOPSCOPE_UV_PASS_OR(start_timer, uv_timer_start, handle, callback, timeout, repeat);
}

LOOPSCOPE_HOOK int uv_timer_stop(uv_timer_t* handle) {
  LOOPSCOPE_UV_PASS_OR(stop_timer, uv_timer_stop, handle);
}

LOOPSCOPE_HOOK int uv_timer_again(uv_timer_t* handle) {
  LOOPSCOPE_UV_PASS_OR(start_timer_again, uv_timer_again, handle);
}
