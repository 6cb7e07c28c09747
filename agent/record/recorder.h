// A thread's place in the ring: its first event, its next chunk, its end. The cold side of pen.h; each function
// runs on the host thread it is about, and never waits, allocates (after the thread's first event), locks or
// makes a system call, with two exceptions: a thread that takes one of the last free chunks wakes the writer, and
// one that finds none has memory put behind a new one.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "agent/blocking.h"
#include "agent/record/pen.h"
#include "agent/record/ring.h"
#include "agent/stack/known_stacks.h"

namespace loopscope::record {

// A place of a site that creates tasks, as its thread knows it.
struct alignas(32) CallerEntry {
  std::uint64_t caller = 0;
  std::uint32_t base_site = 0;
  std::uint32_t site = 0;   // for tasks whose stack is not taken
  std::uint32_t times = 0;  // stacks were taken, up to as many as are always taken
  // Stacks that may yet be remembered: none any more once one was not what it was taken for.
  std::uint32_t to_remember = 0;
  std::uint32_t last_known = 0;
};

// Decides whose stack is taken, so that taking them costs a thread a bounded share of its time.
struct StackBudget {
  std::uint32_t to_pass = 0;        // creations, before it decides anew,
  std::uint64_t passes_until = 0;   // but not longer than this
  std::uint64_t ticks = 1'000'000;  // to spend
  std::uint64_t as_of = 0;          // when it was last added to
  std::uint64_t cost = 1'000;       // of one stack, on average, in ticks
  std::uint64_t random = 0;
};

// What ended a poll, as hooks of waits tell it. Written by the thread, read by the watchdog while the tick that follows
// goes on.
struct Woken {
  static constexpr std::uint32_t kMost = 4;

  std::atomic<std::uint64_t> tick{0};      // busy_since of that tick
  std::atomic<std::uint32_t> events{0};    // how many there were; 0: it was time
  std::atomic<int> epoll{-1};              // whose `what` are; -1: they are descriptors
  std::atomic<std::uint64_t> what[kMost];  // of the first ones
};

// One host thread, but for what its pen holds. Private memory; reused by slot.
struct ThreadState {
  static constexpr std::size_t kCallers = 256;

  std::uint32_t slot = 0;
  // Of the loop this thread runs: when its last poll ended, in ticks. 0 while it polls, and for a thread without a
  // loop. Written by the thread, read by the watchdog.
  std::atomic<std::uint64_t> busy_since{0};
  bool runs_loop = false;    // g_loop_threads knows it
  std::uint32_t deeper = 0;  // open spans above the last one that is kept
  Woken woken;
  // [0] is of no task: nothing runs. The last is what the pen stands on while spans are deeper than is kept. Beside
  // what each tick touches: a page less to be found.
  OpenSpan spans[1 + kMaxOpenSpans + 1];
  StackBudget stacks;
  CallerEntry callers[kCallers];
  stack::KnownStacks known_stacks;
  // The thread's own stack ends below here. Where it begins the writer finds out, for the top it saw.
  std::atomic<std::uintptr_t> stack_top{0};
  std::atomic<std::uintptr_t> stack_bottom{0};
  std::atomic<std::uintptr_t> stack_bottom_is_of{0};
  std::uint64_t lost = 0;  // since the last chunk
  std::uint64_t lost_from_ticks = 0;
  // Where records go that find no chunk: one at a time, to nobody.
  alignas(64) ChunkHeader no_chunk;
  std::uint64_t no_words[kLongestRecord];
};

inline constexpr std::uint64_t kDeeper = UINT64_MAX;  // no task's number

// What the functions below need of a recording; constant while it lasts.
struct Recording {
  Ring ring;
  bool precise = false;
  bool stacks = true;
  std::uint32_t max_frames = 24;
};
extern Recording g_recording;

// Session's: starts the recording that waits for its first event; gives its number, or 0.
extern int (*g_start_on_first_event)();

// Puts errno back when the scope ends: hosts read it after calls that we hook.
class ErrnoKeeper {
 public:
  ErrnoKeeper() : value_(errno) {}
  ~ErrnoKeeper() { errno = value_; }
  ErrnoKeeper(const ErrnoKeeper&) = delete;
  ErrnoKeeper& operator=(const ErrnoKeeper&) = delete;

 private:
  int value_;
};

// The innermost task running on the pen's thread; 0 if none.
inline std::uint64_t current_task(const Pen& pen) {
  const std::uint64_t task = pen.top->task;
  return LOOPSCOPE_LIKELY(task != kDeeper) ? task : pen.highest->task;
}

// The pen was taken for nothing: the event was none. What make_ready counted as lost for it was not.
void put_back(Pen& pen);

// Task numbers: blocks, so that they stay dense without a shared counter.
void take_task_block(Pen& pen);

// What is certainly the thread's own stack; empty while that is not known.
inline stack::StackRange stack_range(const ThreadState& state) {
  const std::uintptr_t top = state.stack_top.load(std::memory_order_relaxed);
  if (state.stack_bottom_is_of.load(std::memory_order_acquire) != top) return {};
  return {state.stack_bottom.load(std::memory_order_relaxed), top};
}

// Of each thread whose stack's beginning is not known: `bottom_of(top)` finds it, or gives 0. The writer's.
void learn_stack_bottoms(std::uintptr_t (*bottom_of)(std::uintptr_t top, void* context), void* context);

// Resets numbers and the tables of threads before a recording starts.
void begin_recording(const Recording& recording);

// In a forked child: nothing of the parent's threads is left.
void forget_threads();

// The writer asks to be woken; see RingHeader::writer_sleeps.
void wake_writer(const Ring& ring);

// For the watchdog: which slots' threads ever ran a loop, a bit each; the states of these threads.
extern std::atomic<std::uint64_t> g_loop_threads[kThreadSlots / 64];
const ThreadState* state_of_slot(std::uint32_t slot);

// The watchdog sleeps while no loop is busy. The calling thread is woken by the next loop that becomes busy, after
// `longest_ns`, or at once if one is busy already or `unless` is not 0.
void sleep_until_woken(std::uint64_t longest_ns, const std::atomic<std::uint32_t>& unless);
void wake_watchdog();

// The pen's thread is busy with a loop since its last clock reading, or no longer. In the middle of a record.
extern std::atomic<std::uint32_t> g_watchdog_sleeps;
// Ticks from which on a call blocks a loop; 0: none is measured.
extern std::atomic<std::uint64_t> g_blocking_limit;
[[gnu::cold]] void note_loop_thread(ThreadState& state);
LOOPSCOPE_INLINE void set_busy(Pen& pen, bool busy) {
  ThreadState& state = *pen.state;
  state.busy_since.store(busy ? pen.last_ticks : 0, std::memory_order_relaxed);
  loopscope_internal_my_calls.limit = busy ? g_blocking_limit.load(std::memory_order_relaxed) : 0;
  if (LOOPSCOPE_UNLIKELY(!state.runs_loop)) note_loop_thread(state);
  if (LOOPSCOPE_UNLIKELY(g_watchdog_sleeps.load(std::memory_order_relaxed) != 0) && busy) wake_watchdog();
}

}  // namespace loopscope::record
