// The event functions of loopscope.h, but for creation (create.cpp): one record each. Host threads; the rules are
// in pen.h.
#include <bit>
#include <cstring>

#include <loopscope/loopscope.h>

#include "agent/record/catalog.h"
#include "agent/record/event_kind.h"
#include "agent/record/recorder.h"

namespace loopscope::record {
namespace {

std::uint64_t with_kind(std::uint32_t kind, std::uint32_t low) { return std::uint64_t{kind} << 32 | low; }

// For events that come seldom.
template <class... Words>
void record_now(RecordKind kind, Words... words) {
  Pen& pen = t_pen;
  if (!is_ready(pen) && !make_ready()) return;
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kind, words...);
  drop_pen(pen);
}

void edge(EventKind kind, loopscope_task from, loopscope_task to, loopscope_site site) {
  if (from <= kMaxTask && to <= kMaxTask) record_now(kRecordEdge, with_kind(kind, site & kMaxSite), from, to);
}

// A span above all those that are kept: the trace has it, its place is only counted.
[[gnu::noinline, gnu::cold]] void begin_deep(Pen& pen, std::uint64_t* at, loopscope_task task) {
  write_now(pen, at, kRecordBegin, task);
  ++pen.state->deeper;
  pen.top = pen.highest + 1;
  drop_pen(pen);
}

// Nothing is open where another recording has begun meanwhile.
void leave_span(Pen& pen) {
  if (pen.state->deeper == 0) {
    if (pen.top != pen.state->spans) --pen.top;
  } else if (--pen.state->deeper == 0) {
    pen.top = pen.highest;
  }
}

// An end that is not the innermost kept span's. Spans inside were left without one (longjmp, an exception): they
// end here. One that is not open at all has nothing to end.
[[gnu::noinline, gnu::cold]] void end_other(Pen& pen, loopscope_task task) {
  const ThreadState& state = *pen.state;
  const OpenSpan* const innermost = state.deeper != 0 ? pen.highest : pen.top;
  const OpenSpan* span = innermost;
  while (span > state.spans && span->task != task) --span;
  std::uint32_t ends = 0;
  if (span > state.spans) {
    ends = state.deeper + static_cast<std::uint32_t>(innermost - span) + 1;
  } else if (state.deeper != 0) {
    ends = 1;  // of the deepest ones nothing is known: this is the innermost
  }
  put_back(pen);
  // One by one: a chunk that begins in between says what is open there.
  for (; ends > 0; --ends) {
    record_now(kRecordEnd);
    leave_span(pen);
  }
}

// From here on the thread is busy with the loop, or no longer.
void run_loop(EventKind kind, loopscope_loop loop, bool busy) {
  Pen& pen = t_pen;
  if (!is_ready(pen) && !make_ready()) return;
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kRecordBare, with_kind(kind, loop));
  pen.chains_at = busy && !g_recording.precise ? pen.state->spans : nullptr;
  set_busy(pen, busy);
  drop_pen(pen);
}

// Each in a record of its own: what is lost counts as two, and spans left open inside end first.
[[gnu::noinline, gnu::cold]] void end_and_finish(loopscope_task task) {
  loopscope_span_end(task);
  loopscope_task_finished(task);
}

// What does not fit beside the task, or not now.
[[gnu::noinline, gnu::cold]] void tell_bytes_and_end(loopscope_task task, std::uint64_t bytes) {
  loopscope_task_bytes(task, bytes);
  loopscope_span_end_finished(task);
}

[[gnu::noinline, gnu::cold]] void wait_and_end(loopscope_task task, loopscope_task awaited,
                                               loopscope_site site) {
  loopscope_await_begin(task, awaited, site);
  loopscope_span_end(task);
}

[[gnu::noinline, gnu::cold]] void stop_waiting_and_begin(loopscope_task task, loopscope_task awaited) {
  loopscope_await_end(task, awaited);
  loopscope_span_begin(task);
}

}  // namespace
}  // namespace loopscope::record

using namespace loopscope::record;

extern "C" {

LOOPSCOPE_HOT void loopscope_task_ready(loopscope_task task) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0)) return;
  if (!is_ready(pen)) return again<loopscope_task_ready>(task);
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kRecordReady, task);
  drop_pen(pen);
}

LOOPSCOPE_HOT void loopscope_task_due(loopscope_task task, uint64_t in_ns) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0)) return;
  if (!is_ready(pen)) return again<loopscope_task_due>(task, in_ns);
  std::uint64_t* at = take_pen(pen);
  write_with_last(pen, at, kRecordDue, task, in_ns);
  drop_pen(pen);
}

LOOPSCOPE_HOT void loopscope_span_begin(loopscope_task task) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0)) return;
  if (!is_ready(pen)) return again<loopscope_span_begin>(task);
  std::uint64_t* at = take_pen(pen);
  OpenSpan* const below = pen.top;
  if (LOOPSCOPE_LIKELY(below == pen.chains_at) && LOOPSCOPE_LIKELY(created_here(pen, task))) {
    write_with_last(pen, at, kRecordBeginChained, task);
  } else if (LOOPSCOPE_LIKELY(below < pen.highest)) {
    write_now(pen, at, kRecordBegin, task);
  } else {
    return begin_deep(pen, at, task);
  }
  below[1] = {task, pen.last_ticks};
  pen.top = below + 1;
  drop_pen(pen);
}

LOOPSCOPE_HOT void loopscope_span_end(loopscope_task task) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0)) return;
  if (!is_ready(pen)) return again<loopscope_span_end>(task);
  std::uint64_t* at = take_pen(pen);
  if (LOOPSCOPE_UNLIKELY(pen.top->task != task)) return end_other(pen, task);
  write_now(pen, at, kRecordEnd);
  --pen.top;
  drop_pen(pen);
}

LOOPSCOPE_HOT void loopscope_task_finished(loopscope_task task) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0)) return;
  if (!is_ready(pen)) return again<loopscope_task_finished>(task);
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kRecordFinished, task);
  drop_pen(pen);
}

LOOPSCOPE_HOT void loopscope_span_end_finished(loopscope_task task) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0)) return;
  if (!is_ready(pen) || LOOPSCOPE_UNLIKELY(pen.top->task != task)) return end_and_finish(task);
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kRecordEndFinished, task);
  --pen.top;
  drop_pen(pen);
}

LOOPSCOPE_HOT void loopscope_task_bytes(loopscope_task task, uint64_t bytes) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0)) return;
  if (!is_ready(pen)) return again<loopscope_task_bytes>(task, bytes);
  std::uint64_t* at = take_pen(pen);
  write_with_last(pen, at, kRecordText, task, with_kind(kTaskBytes, 0), bytes);
  drop_pen(pen);
}

LOOPSCOPE_HOT void loopscope_span_end_finished_bytes(loopscope_task task, uint64_t bytes) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0)) return;
  if (!is_ready(pen) || LOOPSCOPE_UNLIKELY(pen.top->task != task) ||
      LOOPSCOPE_UNLIKELY(bytes > kMaxBytesBeside))
    return tell_bytes_and_end(task, bytes);
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kRecordEndFinished, (bytes + 1) << kTaskBits | task);
  --pen.top;
  drop_pen(pen);
}

void loopscope_task_finished_with(loopscope_task task, loopscope_outcome outcome, int64_t error_code,
                                  const char* error) {
  if (outcome < LOOPSCOPE_OUTCOME_OK || outcome > LOOPSCOPE_OUTCOME_ABANDONED || task == 0) return;
  Pen& pen = t_pen;
  if (!is_ready(pen) && !make_ready()) return;
  std::uint64_t* at = take_pen(pen);
  const std::uint64_t text = intern_string(g_recording.ring, error);
  write_now(pen, at, kRecordFinishedWith, task, std::uint64_t{outcome} << 32 | text,
            static_cast<std::uint64_t>(error_code));
  drop_pen(pen);
}

loopscope_task loopscope_current_task(void) {
  const int number = recording_number();
  return number > 0 && t_pen.recording == number ? current_task(t_pen) : 0;
}

void loopscope_task_name(loopscope_task task, const char* name) {
  if (task == 0) return;
  Pen& pen = t_pen;
  if (!is_ready(pen) && !make_ready()) return;
  std::uint64_t* at = take_pen(pen);
  const std::uint32_t text = intern_string(g_recording.ring, name);
  if (text == 0) return put_back(pen);
  write_with_last(pen, at, kRecordText, task, with_kind(kTaskRenamed, text), std::uint64_t{0});
  drop_pen(pen);
}

void loopscope_task_context(loopscope_task task, const char* key, const char* value) {
  if (task == 0) return;
  Pen& pen = t_pen;
  if (!is_ready(pen) && !make_ready()) return;
  std::uint64_t* at = take_pen(pen);
  const std::uint32_t key_text = intern_string(g_recording.ring, key);
  const std::uint64_t value_text = intern_string(g_recording.ring, value);
  if (key_text == 0) return put_back(pen);
  write_with_last(pen, at, kRecordText, task, with_kind(kContextSet, key_text), value_text);
  drop_pen(pen);
}

void loopscope_await_begin(loopscope_task waiter, loopscope_task awaited, loopscope_site site) {
  if (waiter != 0) edge(kAwaitBegin, waiter, awaited, site);
}

void loopscope_await_end(loopscope_task waiter, loopscope_task awaited) {
  if (waiter != 0) edge(kAwaitEnd, waiter, awaited, 0);
}

LOOPSCOPE_HOT void loopscope_span_end_awaiting(loopscope_task task, loopscope_task awaited,
                                               loopscope_site site) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0 || awaited > kMaxTask)) return;
  if (!is_ready(pen) || LOOPSCOPE_UNLIKELY(pen.top->task != task)) return wait_and_end(task, awaited, site);
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kRecordEdge, with_kind(kEdgeEndsSpan, site & kMaxSite), task, awaited);
  --pen.top;
  drop_pen(pen);
}

LOOPSCOPE_HOT void loopscope_span_begin_awaited(loopscope_task task, loopscope_task awaited) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(task == 0 || task > kMaxTask || awaited > kMaxTask)) return;
  if (!is_ready(pen) || LOOPSCOPE_UNLIKELY(pen.top >= pen.highest))
    return stop_waiting_and_begin(task, awaited);
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kRecordEdge, with_kind(kEdgeBeginsSpan, 0), task, awaited);
  *++pen.top = {task, pen.last_ticks};
  drop_pen(pen);
}

void loopscope_cancel_requested(loopscope_task task, loopscope_site site) {
  if (task != 0) edge(kCancelRequested, task, loopscope_current_task(), site);
}

loopscope_loop loopscope_loop_created(const char* kind, const char* name) {
  const ErrnoKeeper errno_keeper;
  return define_loop(kind, name);
}

void loopscope_loop_closed(loopscope_loop loop) {
  if (loop != 0) record_now(kRecordBare, with_kind(kLoopClosed, loop));
}

void loopscope_loop_entered(loopscope_loop loop) {
  if (loop != 0) run_loop(kLoopEntered, loop, true);
}

void loopscope_loop_left(loopscope_loop loop, loopscope_loop outer) {
  if (loop == 0) return;
  run_loop(kLoopLeft, loop, false);
  loopscope_loop_entered(outer);
}

LOOPSCOPE_HOT void loopscope_poll_begin(loopscope_loop loop, uint64_t timeout_ns) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(loop == 0)) return;
  if (!is_ready(pen)) return again<loopscope_poll_begin>(loop, timeout_ns);
  std::uint64_t* at = take_pen(pen);
  const std::uint64_t asked = timeout_ns == UINT64_MAX ? 0 : timeout_ns + 1;
  write_now(pen, at, kRecordPollBegin, std::uint64_t{loop}, asked);
  pen.chains_at = nullptr;
  set_busy(pen, false);
  drop_pen(pen);
  auto& ran_loop = g_recording.ring.header->ran_loop;
  if (LOOPSCOPE_UNLIKELY(ran_loop.load(std::memory_order_relaxed) == 0)) {
    ran_loop.store(1, std::memory_order_relaxed);
  }
}

LOOPSCOPE_HOT void loopscope_poll_end(loopscope_loop loop, uint32_t events) {
  Pen& pen = t_pen;
  if (LOOPSCOPE_UNLIKELY(loop == 0)) return;
  if (!is_ready(pen)) return again<loopscope_poll_end>(loop, events);
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kRecordPollEnd, std::uint64_t{events} << 32 | loop);
  // What begins from here on, outside of any other span, shares clock readings.
  pen.chains_at = g_recording.precise ? nullptr : pen.state->spans;
  set_busy(pen, true);
  drop_pen(pen);
}

void loopscope_lag_sample(loopscope_loop loop, uint64_t late_ns) {
  if (loop != 0) record_now(kRecordNumber, with_kind(kLagSample, loop), late_ns);
}

loopscope_gauge loopscope_gauge_define(const char* name, const char* unit) {
  const ErrnoKeeper errno_keeper;
  return define_gauge(name, unit);
}

void loopscope_gauge_set(loopscope_gauge gauge, double number) {
  if (gauge != 0)
    record_now(kRecordNumber, with_kind(kGaugeSet, gauge), std::bit_cast<std::uint64_t>(number));
}

void loopscope_pause_begin(const char* kind) {
  Pen& pen = t_pen;
  if (!is_ready(pen) && !make_ready()) return;
  std::uint64_t* at = take_pen(pen);
  write_now(pen, at, kRecordBare, with_kind(kPauseBegin, intern_string(g_recording.ring, kind)));
  drop_pen(pen);
}

void loopscope_pause_end(void) { record_now(kRecordBare, with_kind(kPauseEnd, 0)); }

void loopscope_thread_name(const char* name) {
  if (name == nullptr) return;
  Pen& pen = t_pen;
  if (!is_ready(pen) && !make_ready()) return;
  take_pen(pen);
  ThreadSlot& slot = g_recording.ring.slots[pen.state->slot];
  strncpy(slot.name, name, sizeof slot.name - 1);
  slot.announced.store(0, std::memory_order_release);
  put_back(pen);
}

loopscope_site loopscope_site_define(const loopscope_site_info* info) {
  const ErrnoKeeper errno_keeper;
  constexpr std::size_t kSmallest = offsetof(loopscope_site_info, flags) + sizeof info->flags;
  if (info == nullptr || info->size < kSmallest || info->kind == nullptr || *info->kind == '\0') return 0;
  return define_site({info->kind, info->name, info->file, info->function, info->line, info->flags});
}

}  // extern "C"

// The same functions, for callers that have looked at the switch themselves.
#define LOOPSCOPE_RECORDED(name)                                  \
  extern "C" decltype(loopscope_##name) loopscope_recorded_##name \
      __attribute__((alias("loopscope_" #name), hot))
LOOPSCOPE_RECORDED(task_ready);
LOOPSCOPE_RECORDED(task_due);
LOOPSCOPE_RECORDED(span_begin);
LOOPSCOPE_RECORDED(span_end);
LOOPSCOPE_RECORDED(task_finished);
LOOPSCOPE_RECORDED(span_end_finished);
LOOPSCOPE_RECORDED(span_end_finished_bytes);
LOOPSCOPE_RECORDED(task_bytes);
LOOPSCOPE_RECORDED(span_end_awaiting);
LOOPSCOPE_RECORDED(span_begin_awaited);
LOOPSCOPE_RECORDED(poll_begin);
LOOPSCOPE_RECORDED(poll_end);
