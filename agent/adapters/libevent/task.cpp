// See task.h.
#include "agent/adapters/libevent/task.h"

namespace loopscope::libevent {

__thread ThreadState thread_state __attribute__((tls_model("initial-exec")));

namespace {

void finish_now(loopscope_task task, loopscope_outcome outcome) {
  if (outcome == LOOPSCOPE_OUTCOME_OK) {
    loopscope_task_finished(task);
  } else {
    loopscope_task_finished_with(task, outcome, 0, nullptr);
  }
}

}  // namespace

void begin_task(Ticket* ticket, const void* return_address, const void* frame) {
  const ThreadState& thread = thread_state;
  const void* from = is_within(thread.call_frame, frame) ? thread.return_address : return_address;
  ticket->task = loopscope_task_created_from(site_of(ticket->kind), LOOPSCOPE_RUNNING_TASK, from);
  ticket->recording = loopscope_recording();
}

void finish_task(Ticket* ticket, loopscope_outcome outcome) {
  const loopscope_task task = ticket->task;
  ticket->task = 0;
  if (task == 0 || !is_recorded_now(ticket)) return;
  ThreadState& thread = thread_state;
  const void* frame = __builtin_frame_address(0);
  for (unsigned i = thread.depth; i-- > 0;) {
    RunningCallback& running = thread.running[i];
    if (running.task != task || running.frame < frame) continue;
    running.finish_with = outcome;
    return;
  }
  finish_now(task, outcome);
}

void end_left_callbacks(const void* frame) {
  ThreadState& thread = thread_state;
  while (thread.depth > 0 && thread.running[thread.depth - 1].frame <= frame) {
    loopscope_span_end(thread.running[--thread.depth].task);
  }
}

[[gnu::hot]] CallbackSpan::CallbackSpan(loopscope_task task) : task_(task), index_(ThreadState::kMaxDepth) {
  if (task_ == 0) return;
  ThreadState& thread = thread_state;
  if (thread.depth < ThreadState::kMaxDepth) {
    index_ = thread.depth++;
    thread.running[index_] = {this, task_, loopscope_outcome{}};
  }
  loopscope_span_begin(task_);
}

[[gnu::hot]] CallbackSpan::~CallbackSpan() {
  if (task_ == 0) return;
  loopscope_outcome finish_with{};
  if (index_ != ThreadState::kMaxDepth) {
    finish_with = thread_state.running[index_].finish_with;
    thread_state.depth = index_;
  }
  if (finish_with == LOOPSCOPE_OUTCOME_OK) {
    loopscope_span_end_finished(task_);
  } else {
    loopscope_span_end(task_);
    if (finish_with != 0) finish_now(task_, finish_with);
  }
}

}  // namespace loopscope::libevent
