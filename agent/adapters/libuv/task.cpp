// See task.h.
#include "agent/adapters/libuv/task.h"

namespace loopscope::uv {

__thread ThreadState thread_state __attribute__((tls_model("initial-exec")));

const char* error_name(int status) {
  switch (status) {
#define LOOPSCOPE_UV_ERROR(name, text) \
  case UV_##name: return #name;
    UV_ERRNO_MAP(LOOPSCOPE_UV_ERROR)
#undef LOOPSCOPE_UV_ERROR
  }
  return "unknown error";
}

void finish_now(loopscope_task task, loopscope_outcome outcome, int status) {
  if (!task) return;
  if (outcome == LOOPSCOPE_OUTCOME_OK) {
    loopscope_task_finished(task);
  } else {
    loopscope_task_finished_with(task, outcome, status, status < 0 ? error_name(status) : nullptr);
  }
}

void finish(loopscope_task task, loopscope_outcome outcome, int status) {
  if (!task) return;
  ThreadState& thread = thread_state;
  const void* frame = __builtin_frame_address(0);
  for (unsigned i = thread.depth; i-- > 0;) {
    RunningCallback& running = thread.running[i];
    if (running.task != task || running.frame < frame) continue;
    running.finish_with = outcome;
    running.status = status;
    return;
  }
  finish_now(task, outcome, status);
}

void end_left_callbacks(const void* frame) {
  ThreadState& thread = thread_state;
  while (thread.depth > 0 && thread.running[thread.depth - 1].frame <= frame) {
    loopscope_span_end(thread.running[--thread.depth].task);
  }
}

}  // namespace loopscope::uv
