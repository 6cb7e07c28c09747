// What requests have in common: submitted once, called back once. On the loop's thread.
#pragma once

#include "agent/adapters/libuv/slot.h"
#include "agent/adapters/libuv/task.h"

namespace loopscope::uv {

// The words are set before the real call, since work may begin on the pool at once, and put back if it fails: the
// request may be in flight from an earlier call (uv_tcp_connect twice). libuv lets the user leave the callback of
// writes and the like null; ours is installed all the same, to see them end.
template <typename Request, typename Callback, typename Submit>
int submit(const Call& call, Kind kind, Request* request, Callback user, Callback trampoline,
           Submit submit_with) {
  if (!call.traced() || !request || user == trampoline) return submit_with(user);
  RequestSlot slot(request);
  const RequestSlot::Saved saved = slot.save();
  const loopscope_task task = created(kind, call);
  slot.set(task, to_word(user));
  const int result = submit_with(trampoline);
  if (result < 0) {
    slot.restore(saved);
    finish_with_status(task, result);
  }
  return result;
}

// For functions that do their work at once, blocking, when they get no callback.
template <typename Request, typename Callback, typename Submit>
int submit_or_run(const Call& call, Kind kind, Kind synchronous_kind, Request* request, Callback user,
                  Callback trampoline, Submit submit_with) {
  if (user) return submit(call, kind, request, user, trampoline, submit_with);
  if (!call.traced()) return submit_with(nullptr);
  SynchronousTask task(synchronous_kind, call);
  const int result = submit_with(nullptr);
  task.done(result);
  return result;
}

// The trampoline of callbacks (request, status, ...).
template <typename Request, typename... Rest>
void on_status(Request* request, int status, Rest... rest) {
  RequestSlot slot(request);
  const loopscope_task task = slot.task();
  const auto callback = slot.template callback<void (*)(Request*, int, Rest...)>();
  slot.clear();  // from here on the callback may free or submit it again
  if (!callback) return finish_with_status(task, status);
  CallbackSpan span(task, status);
  callback(request, status, rest...);
}

}  // namespace loopscope::uv
