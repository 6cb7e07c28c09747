#include "agent/record/recorder.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

extern "C" void* __libc_stack_end;  // of the dynamic linker

namespace loopscope::record {

Recording g_recording;
int (*g_start_on_first_event)() = nullptr;
__thread Pen t_pen __attribute__((tls_model("initial-exec")));
std::atomic<std::uint16_t> g_block_owners[kKnownBlocks];
std::atomic<std::uint64_t> g_loop_threads[kThreadSlots / 64];
std::atomic<std::uint32_t> g_watchdog_sleeps{0};
std::atomic<std::uint64_t> g_blocking_limit{0};

namespace {

constexpr int kEntering = -2;  // Pen::recording while the thread gets its place

ThreadState* g_states = nullptr;  // kThreadSlots of them, pages as they are touched
pthread_key_t g_exit_key;
bool g_exit_key_made = false;
std::atomic<std::uint64_t> g_next_task{kTaskBlock};

void retire_chunk(Pen& pen) {
  const Ring& ring = g_recording.ring;
  if (pen.chunk == nullptr || pen.chunk == static_cast<ChunkHeader*>(&pen.state->no_chunk)) return;
  ring.slots[pen.state->slot].position += words_used(pen.chunk->used.load(std::memory_order_relaxed));
  ring.header->full_chunks.fetch_add(1, std::memory_order_relaxed);
  ring.state_of(pen.chunk).store(kChunkFull, std::memory_order_release);
}

// Records that nobody sees, one at a time: each finds itself here again.
void write_to_nobody(Pen& pen) {
  ThreadState& state = *pen.state;
  pen.chunk = static_cast<Chunk*>(&state.no_chunk);
  pen.next = state.no_words;
  pen.limit = pen.next + 1;
}

void forget_loop_thread(ThreadState& state) {
  state.busy_since.store(0, std::memory_order_relaxed);
  state.runs_loop = false;
  g_loop_threads[state.slot / 64].fetch_and(~(std::uint64_t{1} << state.slot % 64),
                                            std::memory_order_release);
}

// A thread ends: its chunk is complete, its slot free once the writer has emptied it.
void on_thread_exit(void*) {
  Pen& pen = t_pen;
  const bool of_this_recording = pen.recording == recording_number();
  pen.ready = kNoPen;
  if (of_this_recording) {
    forget_loop_thread(*pen.state);
    retire_chunk(pen);
    g_recording.ring.slots[pen.state->slot].state.store(kSlotExited, std::memory_order_release);
  }
  pen = Pen{};
}

ThreadSlot* take_slot(const Ring& ring) {
  for (std::uint32_t i = 0; i < kThreadSlots; ++i) {
    std::uint32_t expected = kSlotFree;
    if (ring.slots[i].state.load(std::memory_order_relaxed) == kSlotFree &&
        ring.slots[i].state.compare_exchange_strong(expected, kSlotLive, std::memory_order_acq_rel)) {
      // Slots of threads that ended are free when the writer has seen to them.
      if (i > kThreadSlots / 2) wake_writer(ring);
      return &ring.slots[i];
    }
  }
  return nullptr;
}

// What libc has at the far end of a stack: its own record of the thread, or of the process.
void note_stack_top(ThreadState& state, std::uint32_t tid) {
  if (tid != static_cast<std::uint32_t>(getpid())) {
    state.stack_top.store(reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer()),
                          std::memory_order_relaxed);
    return;
  }
  // The kernel keeps at least twice as much free below the main stack as it may grow here.
  constexpr std::uintptr_t kMainStack = 64 * 1024 * 1024;
  const auto top = reinterpret_cast<std::uintptr_t>(__libc_stack_end);
  state.stack_top.store(top, std::memory_order_relaxed);
  state.stack_bottom.store(top - kMainStack, std::memory_order_relaxed);
  state.stack_bottom_is_of.store(top, std::memory_order_release);
}

// The calling thread's first event of the recording `number`: a place for it. False if there is none.
bool enter(int number) {
  if (g_states == nullptr) return false;
  const Ring& ring = g_recording.ring;
  Pen& pen = t_pen;
  pen = Pen{};
  pen.recording = kEntering;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  ThreadSlot* slot = take_slot(ring);
  if (slot == nullptr) {
    ring.header->no_slot_events.fetch_add(1, std::memory_order_relaxed);
    pen.recording = 0;
    return false;
  }
  const auto index = static_cast<std::uint32_t>(slot - ring.slots);
  ThreadState* state = &g_states[index];
  state->slot = index;
  forget_loop_thread(*state);
  state->deeper = 0;
  loopscope_internal_my_calls = {0, g_use_time_stamp_counter};
  state->stacks = {};
  state->stacks.random = 0x9e3779b97f4a7c15u * (index + 1) + static_cast<std::uint64_t>(number);
  std::memset(static_cast<void*>(state->callers), 0, sizeof state->callers);
  state->known_stacks.forget_all();
  state->lost = state->lost_from_ticks = 0;
  state->spans[0] = {};
  state->spans[1 + kMaxOpenSpans] = {kDeeper, 0};
  slot->thread_id = ring.header->next_thread_id.fetch_add(1, std::memory_order_relaxed);
  slot->tid = static_cast<std::uint32_t>(syscall(SYS_gettid));
  slot->announced.store(0, std::memory_order_relaxed);
  std::memset(slot->name, 0, sizeof slot->name);
  prctl(PR_GET_NAME, slot->name);
  pen.state = state;
  pen.thread = static_cast<std::uint16_t>(slot->thread_id);
  pen.top = state->spans;
  pen.highest = state->spans + kMaxOpenSpans;
  note_stack_top(*state, slot->tid);
  pthread_setspecific(g_exit_key, state);
  return true;
}

void next_chunk(Pen& pen) {
  ThreadState& state = *pen.state;
  const Ring& ring = g_recording.ring;
  ThreadSlot& slot = ring.slots[state.slot];
  retire_chunk(pen);
  Chunk* chunk = take_chunk(ring);
  if (chunk == nullptr) {
    if (state.lost++ == 0) state.lost_from_ticks = ticks();
    slot.lost_events.fetch_add(1, std::memory_order_relaxed);
    write_to_nobody(pen);
    wake_writer(ring);
    return;
  }
  chunk->slot = state.slot;
  chunk->thread_id = slot.thread_id;
  chunk->start_position = slot.position;
  chunk->base_ticks = pen.last_ticks != 0 ? pen.last_ticks : ticks();
  chunk->lost_before = state.lost;
  chunk->lost_from_ticks = state.lost_from_ticks;
  const OpenSpan* open = state.spans + 1;
  chunk->depth = state.deeper != 0 ? kMaxOpenSpans : static_cast<std::uint32_t>(pen.top + 1 - open);
  std::memcpy(chunk->open_spans, open, chunk->depth * sizeof(OpenSpan));
  state.lost = 0;
  pen.chunk = chunk;
  pen.next = chunk->words;
  pen.limit = chunk->words + kChunkWords - kLongestRecord + 1;
  chunk->used.store(sizeof(ChunkHeader), std::memory_order_relaxed);
  ring.state_of(chunk).store(kChunkFilling, std::memory_order_release);
  if (needs_writer(*ring.header)) wake_writer(ring);
}

}  // namespace

bool make_ready() {
  const ErrnoKeeper errno_keeper;
  Pen& pen = t_pen;
  int number = recording_number();
  if (number == kStartOnFirstEvent && g_start_on_first_event != nullptr) number = g_start_on_first_event();
  if (number <= 0) return false;
  if (pen.recording == kEntering || (pen.recording == number && pen.ready == kNoPen)) {
    const std::uint32_t slot = pen.state != nullptr ? pen.state->slot : 0;
    g_recording.ring.slots[slot].reentered.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  if (pen.recording != number && !enter(number)) return false;
  if (pen.next >= pen.limit) {
    pen.ready = kNoPen;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    next_chunk(pen);
  }
  pen.recording = number;
  if (g_use_time_stamp_counter) {
    pen.ready_when_dropped = number;
  } else {
    pen.ready_when_dropped = kNoClock;
    pen.read_ticks = monotonic_ns();
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  pen.ready = number;
  return true;
}

void put_back(Pen& pen) {
  ThreadState& state = *pen.state;
  if (pen.chunk == static_cast<ChunkHeader*>(&state.no_chunk) && pen.next < pen.limit) {
    --state.lost;
    g_recording.ring.slots[state.slot].lost_events.fetch_sub(1, std::memory_order_relaxed);
    pen.next = pen.limit;
  }
  drop_pen(pen);
}

void learn_stack_bottoms(std::uintptr_t (*bottom_of)(std::uintptr_t, void*), void* context) {
  for (std::uint32_t i = 0; g_states != nullptr && i < kThreadSlots; ++i) {
    if (g_recording.ring.slots[i].state.load(std::memory_order_acquire) != kSlotLive) continue;
    ThreadState& state = g_states[i];
    const std::uintptr_t top = state.stack_top.load(std::memory_order_relaxed);
    if (top == 0 || state.stack_bottom_is_of.load(std::memory_order_relaxed) == top) continue;
    const std::uintptr_t bottom = bottom_of(top, context);
    if (bottom == 0) continue;
    state.stack_bottom_is_of.store(0, std::memory_order_relaxed);
    state.stack_bottom.store(bottom, std::memory_order_release);
    state.stack_bottom_is_of.store(top, std::memory_order_release);
  }
}

void take_task_block(Pen& pen) {
  pen.next_task = g_next_task.fetch_add(kTaskBlock, std::memory_order_relaxed);
  pen.last_task = pen.next_task + kTaskBlock;
  g_block_owners[pen.next_task / kTaskBlock % kKnownBlocks].store(pen.thread, std::memory_order_relaxed);
}

void begin_recording(const Recording& recording) {
  if (g_states == nullptr) {
    void* memory = mmap(nullptr, kThreadSlots * sizeof(ThreadState), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g_states = memory == MAP_FAILED ? nullptr : static_cast<ThreadState*>(memory);
  }
  if (!g_exit_key_made) g_exit_key_made = pthread_key_create(&g_exit_key, on_thread_exit) == 0;
  g_next_task.store(kTaskBlock, std::memory_order_relaxed);
  g_recording = recording;
}

void forget_threads() {
  t_pen = Pen{};
  for (auto& threads : g_loop_threads) threads.store(0, std::memory_order_relaxed);
  g_watchdog_sleeps.store(0, std::memory_order_relaxed);
  if (g_exit_key_made) pthread_setspecific(g_exit_key, nullptr);
}

const ThreadState* state_of_slot(std::uint32_t slot) { return &g_states[slot]; }

void note_loop_thread(ThreadState& state) {
  state.runs_loop = true;
  g_loop_threads[state.slot / 64].fetch_or(std::uint64_t{1} << state.slot % 64, std::memory_order_release);
}

void sleep_until_woken(std::uint64_t longest_ns, const std::atomic<std::uint32_t>& unless) {
  g_watchdog_sleeps.store(1, std::memory_order_seq_cst);
  bool busy = unless.load(std::memory_order_seq_cst) != 0;
  for (std::uint32_t slot = 0; slot < kThreadSlots && !busy; ++slot) {
    if ((g_loop_threads[slot / 64].load(std::memory_order_seq_cst) >> slot % 64 & 1) == 0) continue;
    busy = g_states[slot].busy_since.load(std::memory_order_seq_cst) != 0;
  }
  const timespec timeout{static_cast<time_t>(longest_ns / 1'000'000'000u),
                         static_cast<long>(longest_ns % 1'000'000'000u)};
  if (!busy) {
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&g_watchdog_sleeps), FUTEX_WAIT_PRIVATE, 1, &timeout,
            nullptr, 0);
  }
  g_watchdog_sleeps.store(0, std::memory_order_relaxed);
}

void wake_watchdog() {
  const ErrnoKeeper errno_keeper;
  g_watchdog_sleeps.store(0, std::memory_order_seq_cst);
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&g_watchdog_sleeps), FUTEX_WAKE_PRIVATE, 1, nullptr,
          nullptr, 0);
}

void wake_writer(const Ring& ring) {
  auto& sleeps = ring.header->writer_sleeps;
  if (sleeps.load(std::memory_order_relaxed) == 0) return;
  sleeps.store(0, std::memory_order_relaxed);
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&sleeps), FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace loopscope::record
