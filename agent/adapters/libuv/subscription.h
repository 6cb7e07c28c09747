// What handles that call back many times have in common: start, fire, stop. On the loop's thread.
#pragma once

#include "agent/adapters/libuv/slot.h"
#include "agent/adapters/libuv/task.h"

namespace loopscope::uv {

// What libuv does when a handle is started that is active already.
enum class Restart {
  refused,   // an error
  ignored,   // success, and the callback of before stays
  replaces,  // the new callback takes over; still the same task
};

// `start(callback)` is the real function with everything but the callback bound; `trampoline` fires into `user`.
template <typename Handle, typename Callback, typename Start>
int start_subscription(const Call& call, Kind kind, Restart restart, Handle* handle, Callback user,
                       Callback trampoline, Start start) {
  // libuv answers uv_read_start without a stream with an error.
  if (!call.from_user || user == trampoline || user == nullptr || handle == nullptr) return start(user);
  HandleSlot slot(handle);
  if (restart == Restart::ignored && call.libuv.uv_is_active(reinterpret_cast<uv_handle_t*>(handle))) {
    return start(user);
  }
  if (!call.traced()) {
    const int result = start(user);
    if (result == 0 && slot.ours()) slot.clear();
    return result;
  }
  const HandleSlot::Saved saved = slot.save();
  const loopscope_task previous = slot.task();
  const bool same_task = restart == Restart::replaces && previous && slot.kind() == kind;
  loopscope_task task = previous;
  if (same_task) {
    slot.set_callback(to_word(user));
  } else {
    task = created(kind, call);
    slot.set(kind, task, to_word(user));
  }
  const int result = start(trampoline);
  if (result != 0) {
    slot.restore(saved);
    if (!same_task) finish_with_status(task, result);
  } else if (!same_task) {
    finish(previous, LOOPSCOPE_OUTCOME_OK);  // uv_signal_start_oneshot over uv_signal_start
  }
  return result;
}

// After a stop that worked. `kind`: a stream's words may hold something else than what was stopped.
template <typename Handle>
void stop_subscription(const Call& call, Kind kind, Handle* handle) {
  if (!call.from_user) return;
  HandleSlot slot(handle);
  const loopscope_task task = slot.task();
  if (!task || slot.kind() != kind) return;
  slot.task_is_over();
  finish(task, LOOPSCOPE_OUTCOME_OK);
}

// The trampoline of callbacks that never end a subscription by themselves.
template <typename Handle, typename... Arguments>
void on_event(Handle* handle, Arguments... arguments) {
  HandleSlot slot(handle);
  const auto callback = slot.template callback<void (*)(Handle*, Arguments...)>();
  CallbackSpan span(slot.task());
  callback(handle, arguments...);
}

}  // namespace loopscope::uv
