// The thread pool: uv_queue_work has a span on the pool and one on the loop; what passes between creation and
// the first is the queue's. uv_cancel works on any request.
#include "agent/adapters/libuv/slot.h"
#include "agent/adapters/libuv/task.h"

using namespace loopscope::uv;

namespace {

// On a thread of the pool.
void on_work(uv_work_t* request) {
  RequestSlot slot(request);
  const auto callback = slot.callback<uv_work_cb>();
  CallbackSpan span(slot.task());
  callback(request);
}

void on_after_work(uv_work_t* request, int status) {
  RequestSlot slot(request);
  const loopscope_task task = slot.task();
  const auto callback = slot.second_callback<uv_after_work_cb>();
  slot.clear();
  if (!callback) return finish_with_status(task, status);
  CallbackSpan span(task, status);
  callback(request, status);
}

}  // namespace

LOOPSCOPE_HOOK int uv_queue_work(uv_loop_t* loop, uv_work_t* request, uv_work_cb work,
                                 uv_after_work_cb after) {
  LOOPSCOPE_UV_CALL;
  if (!call.traced() || !work) return call.libuv.uv_queue_work(loop, request, work, after);
  RequestSlot slot(request);
  const RequestSlot::Saved saved = slot.save();
  const loopscope_task task = created(Kind::work, call);
  slot.set(task, to_word(work), to_word(after));
  const int result = call.libuv.uv_queue_work(loop, request, on_work, on_after_work);
  if (result != 0) {
    slot.restore(saved);
    finish_with_status(task, result);
  }
  return result;
}

// Recorded even when libuv refuses because the work is running: it was asked, and goes on.
LOOPSCOPE_HOOK int uv_cancel(uv_req_t* request) {
  LOOPSCOPE_UV_CALL;
  if (call.traced() && request) {
    if (const loopscope_task task = RequestSlot(request).task()) {
      loopscope_cancel_requested(task, site_of(Kind::cancel_place));
    }
  }
  return call.libuv.uv_cancel(request);
}
