// The event functions of loopscope.h: one record each. Host threads; the rules are in recorder.h.
#include <bit>
#include <cstring>

#include <loopscope/loopscope.h>

#include "agent/record/catalog.h"
#include "agent/record/event_kind.h"
#include "agent/record/gate.h"
#include "agent/record/recorder.h"
#include "agent/stack/unwind.h"

namespace loopscope::record {
namespace {

#define LOOPSCOPE_LIKELY(x) __builtin_expect(!!(x), 1)
#define LOOPSCOPE_UNLIKELY(x) __builtin_expect(!!(x), 0)

// The right to make one record: held from enter to the end of the scope, by this thread outside of any
// other record. False if there is none: not recording, or a record is being interrupted.
class Pen {
 public:
  Pen() {
    const int number = recording_number().load(std::memory_order_relaxed);
    if (LOOPSCOPE_LIKELY(number == 0)) return;
    ThreadState* state = t_state;
    if (LOOPSCOPE_UNLIKELY(state == nullptr || state->recording != number)) {
      state = enter_cold(number);
      if (state == nullptr) return;
    }
    if (LOOPSCOPE_UNLIKELY(state->busy)) {
      g_recording.ring.slots[state->slot].reentered.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    state->busy = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    state_ = state;
  }
  ~Pen() {
    if (state_ == nullptr) return;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    state_->busy = false;
  }
  Pen(const Pen&) = delete;
  Pen& operator=(const Pen&) = delete;

  explicit operator bool() const { return state_ != nullptr; }
  ThreadState& state() const { return *state_; }
  ThreadState* operator->() const { return state_; }

 private:
  ThreadState* state_ = nullptr;
};

// Room for a record, or nullptr: then it is lost, and counted.
std::uint64_t* room(ThreadState& state, std::uint64_t now) {
  if (LOOPSCOPE_LIKELY(state.next < state.limit)) return state.next;
  return next_chunk(state, now) ? state.next : nullptr;
}

// The store that makes the record real.
void commit(ThreadState& state, std::uint64_t* end) {
  state.next = end;
  state.chunk->used.store(static_cast<std::uint32_t>(end - state.chunk->words), std::memory_order_release);
}

std::uint64_t stamped(std::uint64_t now, RecordKind kind) { return now << kKindBits | kind; }

// A record that begins with the clock.
template <class... Words>
void write_now(ThreadState& state, RecordKind kind, Words... words) {
  const std::uint64_t now = ticks();
  if (std::uint64_t* at = room(state, now)) {
    *at++ = stamped(now, kind);
    ((*at++ = words), ...);
    commit(state, at);
  }
  state.last_ticks = now;
}

// A record that happens with the one before it.
template <class... Words>
void write_with_last(ThreadState& state, RecordKind kind, std::uint64_t task, Words... words) {
  if (std::uint64_t* at = room(state, state.last_ticks)) {
    *at++ = stamped(task, kind);
    ((*at++ = words), ...);
    commit(state, at);
  }
}

std::uint64_t with_kind(EventKind kind, std::uint32_t low) { return std::uint64_t{kind} << 32 | low; }

loopscope_task current(const ThreadState& state) {
  if (state.depth == 0) return 0;
  return state.open_spans[(state.depth < kMaxOpenSpans ? state.depth : kMaxOpenSpans) - 1].task;
}

// A hot place has its stack taken ever more rarely, at random, so that no rhythm of the program's hides.
constexpr std::uint32_t kAlwaysTaken = 1024;
constexpr std::uint64_t kThenOneIn = 16;

bool take_stack(ThreadState& state, std::uint32_t times) {
  if (times < kAlwaysTaken) return true;
  state.random ^= state.random << 13;
  state.random ^= state.random >> 7;
  state.random ^= state.random << 17;
  return state.random % kThenOneIn == 0;
}

__attribute__((noinline)) std::uint32_t site_with_stack(ThreadState& state, const SiteDefinition& base,
                                                        const void* caller) {
  const ErrnoKeeper errno_keeper;
  const Ring& ring = g_recording.ring;
  const Caller from = count_caller(ring, base, reinterpret_cast<std::uint64_t>(caller));
  if (!g_recording.stacks || !take_stack(state, from.times)) return from.site;
  std::uint64_t frames[kMaxFrames];
  bool truncated = false;
  const std::uint32_t count = stack::capture(caller, frames, g_recording.max_frames, truncated);
  if (count <= 1) return from.site;
  return intern_stack_site(ring, base, from.site, {frames, count, truncated});
}

loopscope_task create(ThreadState& state, loopscope_site site, loopscope_task parent, const void* caller) {
  if (const SiteDefinition* base = base_site(site);
      base != nullptr && (base->flags & LOOPSCOPE_SITE_STACK) != 0) {
    site = site_with_stack(state, *base, caller);
  }
  if (LOOPSCOPE_UNLIKELY(state.next_task == state.last_task)) {
    state.next_task = take_task_block();
    state.last_task = state.next_task + kTaskBlock;
  }
  const std::uint64_t task = state.next_task++;
  write_now(state, kRecordCreated, task, (parent & kMaxTask) << kSiteBits | (site & kMaxSite));
  return task;
}

void edge(EventKind kind, loopscope_task from, loopscope_task to, loopscope_site site) {
  if (from > kMaxTask || to > kMaxTask) return;
  if (Pen pen; pen) write_now(pen.state(), kRecordEdge, with_kind(kind, site & kMaxSite), from, to);
}

}  // namespace
}  // namespace loopscope::record

using namespace loopscope::record;

extern "C" {

loopscope_task loopscope_task_created(loopscope_site site) {
  Pen pen;
  return pen ? create(pen.state(), site, current(pen.state()), __builtin_return_address(0)) : 0;
}

loopscope_task loopscope_task_created_from(loopscope_site site, loopscope_task parent,
                                           const void* return_address) {
  Pen pen;
  if (!pen) return 0;
  return create(pen.state(), site, parent,
                return_address != nullptr ? return_address : __builtin_return_address(0));
}

void loopscope_task_ready(loopscope_task task) {
  if (Pen pen; pen && task != 0) write_now(pen.state(), kRecordReady, task);
}

void loopscope_task_due(loopscope_task task, uint64_t in_ns) {
  if (Pen pen; pen && task != 0) write_with_last(pen.state(), kRecordDue, task, in_ns);
}

void loopscope_span_begin(loopscope_task task) {
  Pen pen;
  if (!pen || task == 0) return;
  ThreadState& state = pen.state();
  if (state.in_tick && state.depth == 0 && !g_recording.precise) {
    write_with_last(state, kRecordBeginChained, task);
  } else {
    write_now(state, kRecordBegin, task);
  }
  if (LOOPSCOPE_LIKELY(state.depth < kMaxOpenSpans)) state.open_spans[state.depth] = {task, state.last_ticks};
  ++state.depth;
}

void loopscope_span_end(loopscope_task task) {
  Pen pen;
  if (!pen || task == 0) return;
  ThreadState& state = pen.state();
  if (LOOPSCOPE_UNLIKELY(state.depth == 0)) return;
  if (LOOPSCOPE_UNLIKELY(current(state) != task)) {
    // Spans inside were left without an end (longjmp, an exception): they end here. One that is not open
    // at all has nothing to end.
    std::uint32_t above = state.depth < kMaxOpenSpans ? state.depth : kMaxOpenSpans;
    while (above > 0 && state.open_spans[above - 1].task != task) --above;
    if (above == 0) return;
    while (state.depth > above) {
      write_now(state, kRecordEnd);
      --state.depth;
    }
  }
  write_now(state, kRecordEnd);
  --state.depth;
}

void loopscope_task_finished(loopscope_task task) {
  if (Pen pen; pen && task != 0) write_now(pen.state(), kRecordFinished, task);
}

void loopscope_task_finished_with(loopscope_task task, loopscope_outcome outcome, int64_t error_code,
                                  const char* error) {
  Pen pen;
  if (!pen || task == 0 || outcome < LOOPSCOPE_OUTCOME_OK || outcome > LOOPSCOPE_OUTCOME_ABANDONED) return;
  const std::uint64_t text = intern_string(g_recording.ring, error);
  write_now(pen.state(), kRecordFinishedWith, task, std::uint64_t{outcome} << 32 | text,
            static_cast<std::uint64_t>(error_code));
}

loopscope_task loopscope_current_task(void) {
  const ThreadState* state = t_state;
  const int number = recording_number().load(std::memory_order_relaxed);
  return state != nullptr && state->recording == number ? current(*state) : 0;
}

void loopscope_task_name(loopscope_task task, const char* name) {
  Pen pen;
  if (!pen || task == 0) return;
  const std::uint32_t text = intern_string(g_recording.ring, name);
  if (text != 0)
    write_with_last(pen.state(), kRecordText, task, with_kind(kTaskRenamed, text), std::uint64_t{0});
}

void loopscope_task_context(loopscope_task task, const char* key, const char* value) {
  Pen pen;
  if (!pen || task == 0) return;
  const std::uint32_t key_text = intern_string(g_recording.ring, key);
  const std::uint64_t value_text = intern_string(g_recording.ring, value);
  if (key_text != 0)
    write_with_last(pen.state(), kRecordText, task, with_kind(kContextSet, key_text), value_text);
}

void loopscope_await_begin(loopscope_task waiter, loopscope_task awaited, loopscope_site site) {
  edge(kAwaitBegin, waiter, awaited, site);
}

void loopscope_await_end(loopscope_task waiter, loopscope_task awaited) {
  edge(kAwaitEnd, waiter, awaited, 0);
}

void loopscope_cancel_requested(loopscope_task task, loopscope_site site) {
  if (task != 0) edge(kCancelRequested, task, loopscope_current_task(), site);
}

loopscope_loop loopscope_loop_created(const char* kind, const char* name) {
  const ErrnoKeeper errno_keeper;
  return define_loop(kind, name);
}

void loopscope_loop_closed(loopscope_loop loop) {
  if (Pen pen; pen && loop != 0) write_now(pen.state(), kRecordBare, with_kind(kLoopClosed, loop));
}

void loopscope_poll_begin(loopscope_loop loop, uint64_t timeout_ns) {
  Pen pen;
  if (!pen) return;
  const std::uint64_t asked = timeout_ns == UINT64_MAX ? 0 : timeout_ns + 1;
  write_now(pen.state(), kRecordPollBegin, std::uint64_t{loop}, asked);
  pen->in_tick = false;
  auto& ran_loop = g_recording.ring.header->ran_loop;
  if (LOOPSCOPE_UNLIKELY(ran_loop.load(std::memory_order_relaxed) == 0)) {
    ran_loop.store(1, std::memory_order_relaxed);
  }
}

void loopscope_poll_end(loopscope_loop loop, uint32_t events) {
  Pen pen;
  if (!pen) return;
  write_now(pen.state(), kRecordPollEnd, std::uint64_t{events} << 32 | loop);
  pen->in_tick = true;
}

void loopscope_lag_sample(loopscope_loop loop, uint64_t late_ns) {
  if (Pen pen; pen && loop != 0) write_now(pen.state(), kRecordNumber, with_kind(kLagSample, loop), late_ns);
}

loopscope_gauge loopscope_gauge_define(const char* name, const char* unit) {
  const ErrnoKeeper errno_keeper;
  return define_gauge(name, unit);
}

void loopscope_gauge_set(loopscope_gauge gauge, double number) {
  if (Pen pen; pen && gauge != 0) {
    write_now(pen.state(), kRecordNumber, with_kind(kGaugeSet, gauge), std::bit_cast<std::uint64_t>(number));
  }
}

void loopscope_pause_begin(const char* kind) {
  Pen pen;
  if (!pen) return;
  const std::uint32_t text = intern_string(g_recording.ring, kind);
  write_now(pen.state(), kRecordBare, with_kind(kPauseBegin, text));
}

void loopscope_pause_end(void) {
  if (Pen pen; pen) write_now(pen.state(), kRecordBare, with_kind(kPauseEnd, 0));
}

void loopscope_thread_name(const char* name) {
  Pen pen;
  if (!pen || name == nullptr) return;
  ThreadSlot& slot = g_recording.ring.slots[pen->slot];
  strncpy(slot.name, name, sizeof slot.name - 1);
  slot.announced.store(0, std::memory_order_release);
}

loopscope_site loopscope_site_define(const loopscope_site_info* info) {
  const ErrnoKeeper errno_keeper;
  constexpr std::size_t kSmallest = offsetof(loopscope_site_info, flags) + sizeof info->flags;
  if (info == nullptr || info->size < kSmallest || info->kind == nullptr || *info->kind == '\0') return 0;
  return define_site({info->kind, info->name, info->file, info->function, info->line, info->flags});
}

}  // extern "C"
