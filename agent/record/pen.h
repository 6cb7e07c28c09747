// What a thread needs to write a record, on two cache lines of thread-local memory: where the record goes, the
// last clock reading, the innermost open span. A thread takes its pen for one record and drops it again; what
// interrupts it in between finds no pen. Everything here runs on the host thread whose record it is.
#pragma once

#include <atomic>
#include <climits>
#include <cstdint>

#include "agent/record/clock.h"
#include "agent/record/gate.h"
#include "agent/record/ring_layout.h"

#define LOOPSCOPE_LIKELY(x) __builtin_expect(!!(x), 1)
#define LOOPSCOPE_UNLIKELY(x) __builtin_expect(!!(x), 0)
// For events that come often: the compiler puts them side by side, on few pages.
#define LOOPSCOPE_HOT [[gnu::hot]]
#define LOOPSCOPE_INLINE [[gnu::always_inline]] inline

namespace loopscope::record {

struct ThreadState;

// No recording has these numbers. A pen with one of them is in a hand already, or not to be taken before
// make_ready has read the clock for it.
inline constexpr int kNoPen = INT_MIN;
inline constexpr int kNoClock = INT_MIN + 1;

struct alignas(64) Pen {
  int ready = kNoPen;  // the recording that one record may be written for now
  int ready_when_dropped = kNoPen;
  std::uint64_t* next = nullptr;   // where the next record goes
  std::uint64_t* limit = nullptr;  // a record that begins before it fits
  Chunk* chunk = nullptr;
  std::uint64_t last_ticks = 0;
  OpenSpan* top = nullptr;        // the innermost open span; below the first one there is one of no task
  OpenSpan* chains_at = nullptr;  // a span that begins on top of this one shares the last clock reading
  std::uint64_t next_task = 0;    // of the block this thread took
  std::uint64_t last_task = 0;
  OpenSpan* highest = nullptr;   // no span is kept above it
  std::uint64_t read_ticks = 0;  // where there is no time stamp counter: the clock, read by make_ready
  ThreadState* state = nullptr;
  int recording = 0;         // the recording that all this belongs to
  std::uint16_t thread = 0;  // its number in the trace, as far as it fits
};
static_assert(sizeof(Pen) == 128);

// Task numbers come in blocks, each for one thread: whose is which; the last ones given.
inline constexpr std::uint64_t kTaskBlock = 256;
inline constexpr std::uint64_t kKnownBlocks = 1u << 16;
extern std::atomic<std::uint16_t> g_block_owners[kKnownBlocks];

extern __thread Pen t_pen __attribute__((tls_model("initial-exec")));

// After it said true the calling thread's pen is ready for one record. Cold: the first event, a full chunk, each
// event where there is no time stamp counter, an event that interrupts another one (false), an event after the
// end of recording (false).
bool make_ready();

// Whether a record may be made now. If not, `again` may help.
LOOPSCOPE_INLINE bool is_ready(const Pen& pen) {
  return LOOPSCOPE_LIKELY(pen.ready == recording_number()) && LOOPSCOPE_LIKELY(pen.next < pen.limit);
}

// The event function once more, with a pen that is ready; what it gives while not recording if there is none. Event
// functions return this, so that the way of an event that is ready saves no register.
template <auto event, class... Arguments>
[[gnu::noinline, gnu::cold]] auto again(Arguments... arguments) -> decltype(event(arguments...)) {
  if (make_ready()) return event(arguments...);
  return decltype(event(arguments...))();
}

// Gives the place of the record.
LOOPSCOPE_INLINE std::uint64_t* take_pen(Pen& pen) {
  std::uint64_t* at = pen.next;
  pen.ready = kNoPen;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return at;
}

LOOPSCOPE_INLINE void drop_pen(Pen& pen) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  pen.ready = pen.ready_when_dropped;
}

// Needs no fence: an event may be stamped a few ns early, never out of the order of its thread.
LOOPSCOPE_INLINE std::uint64_t read_clock(const Pen& pen) {
  return LOOPSCOPE_LIKELY(pen.read_ticks == 0) ? ticks_of_processor() : pen.read_ticks;
}

// Whether this thread created the task: it did so before its last clock reading, what another one did may be later.
LOOPSCOPE_INLINE bool created_here(const Pen& pen, std::uint64_t task) {
  return g_block_owners[task / kTaskBlock % kKnownBlocks].load(std::memory_order_relaxed) == pen.thread;
}

// The store that makes the record real, which ends before `end`.
LOOPSCOPE_INLINE void commit(Pen& pen, std::uint64_t* end) {
  pen.next = end;
  const auto used = reinterpret_cast<std::uintptr_t>(end) - reinterpret_cast<std::uintptr_t>(pen.chunk);
  pen.chunk->used.store(static_cast<std::uint32_t>(used), std::memory_order_release);
}

// One record that begins with the clock.
template <class... Words>
LOOPSCOPE_INLINE void write_now(Pen& pen, std::uint64_t* at, RecordKind kind, Words... words) {
  const std::uint64_t now = read_clock(pen);
  *at++ = now << kKindBits | kind;
  ((*at++ = words), ...);
  pen.last_ticks = now;
  commit(pen, at);
}

// One record that happens with the one before it.
template <class... Words>
LOOPSCOPE_INLINE void write_with_last(Pen& pen, std::uint64_t* at, RecordKind kind, std::uint64_t task,
                                      Words... words) {
  *at++ = task << kKindBits | kind;
  ((*at++ = words), ...);
  commit(pen, at);
}

}  // namespace loopscope::record
