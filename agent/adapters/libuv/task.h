// The life of one task of libuv's: created by a hook, run by a trampoline, finished once. On the thread of the
// call or callback.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>

#include "agent/adapters/libuv/call.h"
#include "agent/adapters/libuv/kinds.h"

namespace loopscope::uv {

inline loopscope_task created(Kind kind, const Call& call) {
  return loopscope_task_created_from(site_of(kind), LOOPSCOPE_RUNNING_TASK, call.return_address);
}

// "ENOENT" for UV_ENOENT. libuv's own uv_err_name allocates for numbers it does not know.
const char* error_name(int status);

inline loopscope_outcome outcome_of(int64_t status) {
  if (status >= 0) return LOOPSCOPE_OUTCOME_OK;
  return status == UV_ECANCELED ? LOOPSCOPE_OUTCOME_CANCELLED : LOOPSCOPE_OUTCOME_ERROR;
}

// Now, whatever is running.
void finish_now(loopscope_task task, loopscope_outcome outcome, int status);

// A task that is stopped inside its own callback is finished when that callback returns.
void finish(loopscope_task task, loopscope_outcome outcome, int status = 0);

inline void finish_with_status(loopscope_task task, int64_t status) {
  finish_now(task, outcome_of(status), status < 0 ? static_cast<int>(status) : 0);
}

// Of what transfers no bytes, or of which it is not known how many.
constexpr int64_t kNoBytes = -1;

// The span ends, and the task with it.
inline void end_finished(loopscope_task task, int64_t status, int64_t bytes = kNoBytes) {
  if (status >= 0 && bytes >= 0) {
    loopscope_span_end_finished_bytes(task, static_cast<uint64_t>(bytes));
  } else if (status >= 0) {
    loopscope_span_end_finished(task);
  } else {
    loopscope_span_end(task);
    finish_with_status(task, status);
  }
}

// Callbacks that were left by an exception or longjmp: those whose frame is not above `frame`.
void end_left_callbacks(const void* frame);

// Around a user's callback. Calls from inside it are the user's.
class CallbackSpan {
 public:
  explicit CallbackSpan(loopscope_task task)
      : task_(task), was_in_user_callback_(thread_state.in_user_callback), index_(ThreadState::kMaxDepth) {
    ThreadState& thread = thread_state;
    thread.in_user_callback = true;
    if (__builtin_expect(thread.depth > 0, 0)) end_left_callbacks(this);
    if (!task_) return;
    if (thread.depth < ThreadState::kMaxDepth) {
      index_ = thread.depth++;
      thread.running[index_] = {this, task_, loopscope_outcome{}, 0};
    }
    loopscope_span_begin(task_);
  }
  // The task's last callback: it is finished with it. `bytes` count if it succeeded.
  CallbackSpan(loopscope_task task, int64_t status, int64_t bytes = kNoBytes) : CallbackSpan(task) {
    is_last_ = true;
    status_ = status;
    bytes_ = bytes;
  }
  ~CallbackSpan() {
    ThreadState& thread = thread_state;
    thread.in_user_callback = was_in_user_callback_;
    if (!task_) return;
    RunningCallback running{};
    if (index_ != ThreadState::kMaxDepth) {
      if (!is_last_) running = thread.running[index_];
      thread.depth = index_;
    }
    if (is_last_) {
      end_finished(task_, status_, bytes_);
      return;
    }
    loopscope_span_end(task_);
    if (running.finish_with) finish_now(task_, running.finish_with, running.status);
  }
  CallbackSpan(const CallbackSpan&) = delete;
  CallbackSpan& operator=(const CallbackSpan&) = delete;

 private:
  const loopscope_task task_;
  const bool was_in_user_callback_;
  bool is_last_ = false;
  unsigned index_;
  int64_t status_ = 0;
  int64_t bytes_ = kNoBytes;
};

// A call that does its work before it returns: created, run and finished inside it.
class SynchronousTask {
 public:
  SynchronousTask(Kind kind, const Call& call) : task_(created(kind, call)) {
    loopscope_span_begin(task_);
    loopscope_internal_entered()->in_synchronous_call = true;
  }
  void done(int64_t status, int64_t bytes = kNoBytes) {
    loopscope_internal_entered()->in_synchronous_call = false;
    end_finished(task_, status, bytes);
  }

 private:
  const loopscope_task task_;
};

}  // namespace loopscope::uv
