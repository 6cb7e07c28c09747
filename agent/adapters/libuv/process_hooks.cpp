// uv_spawn: starting the child blocks the loop (a synchronous task); the child then lives as a task of its own
// until its exit_cb. On the loop's thread.
#include "agent/adapters/libuv/slot.h"
#include "agent/adapters/libuv/task.h"

using namespace loopscope::uv;

namespace {

// A child that fails is an error of the task, with its exit status or signal as the code.
void on_exit(uv_process_t* handle, int64_t exit_status, int signal) {
  HandleSlot slot(handle);
  const auto callback = slot.callback<uv_exit_cb>();
  const loopscope_task task = slot.task();
  if (task) slot.task_is_over();
  if (callback) {
    CallbackSpan span(task);
    callback(handle, exit_status, signal);
  }
  if (!task) return;
  if (signal != 0) {
    loopscope_task_finished_with(task, LOOPSCOPE_OUTCOME_ERROR, signal, "killed by signal");
  } else if (exit_status != 0) {
    loopscope_task_finished_with(task, LOOPSCOPE_OUTCOME_ERROR, exit_status, "exit status");
  } else {
    loopscope_task_finished(task);
  }
}

}  // namespace

LOOPSCOPE_HOOK int uv_spawn(uv_loop_t* loop, uv_process_t* handle, const uv_process_options_t* options) {
  LOOPSCOPE_UV_CALL;
  if (!call.traced() || !handle || !options) {
    const int result = call.libuv.uv_spawn(loop, handle, options);
    if (call.from_user && handle && HandleSlot(handle).ours()) HandleSlot(handle).clear();
    return result;
  }
  HandleSlot slot(handle);
  finish(slot.task(), LOOPSCOPE_OUTCOME_ABANDONED);
  slot.clear();
  const loopscope_task task = created(Kind::process, call);
  uv_process_options_t hooked = *options;
  hooked.exit_cb = on_exit;
  slot.set(Kind::process, task, to_word(options->exit_cb));
  SynchronousTask spawning(Kind::spawn_sync, call);
  const int result = call.libuv.uv_spawn(loop, handle, &hooked);
  spawning.done(result);
  if (result != 0) {
    slot.clear();  // libuv has made it a handle all the same, to be closed
    finish_with_status(task, result);
  }
  return result;
}
