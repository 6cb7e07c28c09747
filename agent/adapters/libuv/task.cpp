// See task.h.
#include "agent/adapters/libuv/task.h"

namespace loopscope::uv {

thread_local ThreadState thread_state __attribute__((tls_model("initial-exec")));

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

CallbackSpan::CallbackSpan(loopscope_task task)
    : task_(task), was_in_user_callback_(thread_state.in_user_callback), index_(ThreadState::kMaxDepth) {
  ThreadState& thread = thread_state;
  thread.in_user_callback = true;
  // Callbacks that were left by an exception or longjmp ended before this one begins.
  while (thread.depth > 0 && thread.running[thread.depth - 1].frame <= static_cast<const void*>(this)) {
    loopscope_span_end(thread.running[--thread.depth].task);
  }
  if (!task_) return;
  if (thread.depth < ThreadState::kMaxDepth) {
    index_ = thread.depth++;
    thread.running[index_] = {this, task_, loopscope_outcome{}, 0};
  }
  loopscope_span_begin(task_);
}

CallbackSpan::~CallbackSpan() {
  ThreadState& thread = thread_state;
  thread.in_user_callback = was_in_user_callback_;
  if (!task_) return;
  RunningCallback running{};
  if (index_ != ThreadState::kMaxDepth) {
    running = thread.running[index_];
    thread.depth = index_;
  }
  if (is_last_) {
    end_finished(task_, status_);
    return;
  }
  loopscope_span_end(task_);
  if (running.finish_with) finish_now(task_, running.finish_with, running.status);
}

}  // namespace loopscope::uv
