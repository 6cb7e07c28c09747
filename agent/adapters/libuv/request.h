// What requests have in common: submitted once, called back once. On the loop's thread.
#pragma once

#include "agent/adapters/libuv/slot.h"
#include "agent/adapters/libuv/task.h"

namespace loopscope::uv {

// The words are set before the real call, since work may begin on the pool at once, and put back if it fails: the
// request may be in flight from an earlier call (uv_tcp_connect twice). libuv lets the user leave the callback of
// writes and the like null; ours is installed all the same, to see them end.
// `second`: what the trampoline wants to know besides.
template <typename Request, typename Callback, typename Submit>
int submit(const Call& call, Kind kind, Request* request, Callback user, Callback trampoline,
           Submit submit_with, void* second = nullptr) {
  if (!call.traced() || !request || user == trampoline) return submit_with(user);
  RequestSlot slot(request);
  const RequestSlot::Saved saved = slot.save();
  const loopscope_task task = created(kind, call);
  slot.set(task, to_word(user), second);
  const int result = submit_with(trampoline);
  if (result < 0) {
    slot.restore(saved);
    finish_with_status(task, result);
  }
  return result;
}

// What a request has transferred when it succeeded with that result.
template <typename Request>
int64_t bytes_of(const Request*, int64_t) {
  return kNoBytes;
}
inline int64_t bytes_of(const uv_fs_t* request, int64_t result) {
  if (result < 0) return kNoBytes;
  const uv_fs_type type = request->fs_type;
  return type == UV_FS_READ || type == UV_FS_WRITE || type == UV_FS_SENDFILE ? result : kNoBytes;
}

// For functions that do their work at once, blocking, when they get no callback.
template <typename Request, typename Callback, typename Submit>
int submit_or_run(const Call& call, Kind kind, Kind synchronous_kind, Request* request, Callback user,
                  Callback trampoline, Submit submit_with) {
  if (user) return submit(call, kind, request, user, trampoline, submit_with);
  if (!call.traced()) return submit_with(nullptr);
  SynchronousTask task(synchronous_kind, call);
  const int result = submit_with(nullptr);
  task.done(result, bytes_of(request, result));
  return result;
}

// The request is over: its callback (request, status, ...) is called, and its task ends. `bytes` count if it succeeded.
template <typename Request, typename... Rest>
void end_request(Request* request, int status, int64_t bytes, Rest... rest) {
  RequestSlot slot(request);
  const loopscope_task task = slot.task();
  const auto callback = slot.template callback<void (*)(Request*, int, Rest...)>();
  slot.clear();  // from here on the callback may free or submit it again
  if (!callback) {
    if (status >= 0 && bytes >= 0) loopscope_task_bytes(task, static_cast<uint64_t>(bytes));
    return finish_with_status(task, status);
  }
  CallbackSpan span(task, status, bytes);
  callback(request, status, rest...);
}

// The trampoline of those that transfer no bytes.
template <typename Request, typename... Rest>
void on_status(Request* request, int status, Rest... rest) {
  end_request(request, status, kNoBytes, rest...);
}

// All buffers together, for `second`.
inline void* size_of(const uv_buf_t* buffers, unsigned count) {
  size_t size = 0;
  for (unsigned i = 0; buffers && i < count; ++i) size += buffers[i].len;
  return reinterpret_cast<void*>(size);
}

// The trampoline of those that transfer all of their buffers or fail.
template <typename Request>
void on_sent(Request* request, int status) {
  end_request(request, status, static_cast<int64_t>(reinterpret_cast<size_t>(RequestSlot(request).second())));
}

}  // namespace loopscope::uv
