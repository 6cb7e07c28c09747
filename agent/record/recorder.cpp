#include "agent/record/recorder.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/record/gate.h"

namespace loopscope::record {

Recording g_recording;
int (*g_start_on_first_event)() = nullptr;
__thread ThreadState* t_state __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

ThreadState* g_states = nullptr;  // kThreadSlots of them, pages as they are touched
pthread_key_t g_exit_key;
bool g_exit_key_made = false;
std::atomic<std::uint64_t> g_next_task{1};

void retire_chunk(ThreadState& state) {
  if (state.chunk == nullptr) return;
  g_recording.ring.slots[state.slot].position += state.chunk->used.load(std::memory_order_relaxed);
  state.chunk->state.store(kChunkFull, std::memory_order_release);
  state.chunk = nullptr;
  state.next = state.limit = nullptr;
}

// A thread ends: its chunk is complete, its slot free once the writer has emptied it.
void on_thread_exit(void* value) {
  auto* state = static_cast<ThreadState*>(value);
  t_state = nullptr;
  if (state->recording != recording_number().load(std::memory_order_relaxed)) return;
  ThreadSlot& slot = g_recording.ring.slots[state->slot];
  state->busy = true;
  retire_chunk(*state);
  state->recording = 0;
  slot.state.store(kSlotExited, std::memory_order_release);
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

}  // namespace

ThreadState* enter_cold(int number) {
  const ErrnoKeeper errno_keeper;
  if (number == kStartOnFirstEvent && g_start_on_first_event != nullptr) number = g_start_on_first_event();
  if (number <= 0 || g_states == nullptr) return nullptr;
  const Ring& ring = g_recording.ring;
  ThreadSlot* slot = take_slot(ring);
  if (slot == nullptr) {
    ring.header->no_slot_events.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  const auto index = static_cast<std::uint32_t>(slot - ring.slots);
  ThreadState* state = &g_states[index];
  *state = ThreadState{};
  state->slot = index;
  state->recording = number;
  state->random = 0x9e3779b97f4a7c15u * (index + 1) + static_cast<std::uint64_t>(number);
  slot->thread_id = ring.header->next_thread_id.fetch_add(1, std::memory_order_relaxed);
  slot->tid = static_cast<std::uint32_t>(syscall(SYS_gettid));
  slot->announced.store(0, std::memory_order_relaxed);
  std::memset(slot->name, 0, sizeof slot->name);
  prctl(PR_GET_NAME, slot->name);
  t_state = state;
  pthread_setspecific(g_exit_key, state);
  return state;
}

bool next_chunk(ThreadState& state, std::uint64_t now) {
  const ErrnoKeeper errno_keeper;
  const Ring& ring = g_recording.ring;
  ThreadSlot& slot = ring.slots[state.slot];
  retire_chunk(state);
  Chunk* chunk = take_chunk(ring);
  if (chunk == nullptr) {
    if (state.lost++ == 0) state.lost_from_ticks = now;
    slot.lost_events.fetch_add(1, std::memory_order_relaxed);
    wake_writer(ring);
    return false;
  }
  chunk->slot = state.slot;
  chunk->thread_id = slot.thread_id;
  chunk->start_position = slot.position;
  chunk->base_ticks = state.last_ticks != 0 ? state.last_ticks : now;
  chunk->lost_before = state.lost;
  chunk->lost_from_ticks = state.lost_from_ticks;
  chunk->depth = state.depth < kMaxOpenSpans ? state.depth : kMaxOpenSpans;
  std::memcpy(chunk->open_spans, state.open_spans, chunk->depth * sizeof(OpenSpan));
  state.lost = 0;
  state.chunk = chunk;
  state.next = chunk->words;
  state.limit = chunk->words + kChunkWords - kLongestRecord + 1;
  chunk->used.store(0, std::memory_order_relaxed);
  chunk->state.store(kChunkFilling, std::memory_order_release);
  if (pool_is_low(*ring.header)) wake_writer(ring);
  return true;
}

std::uint64_t take_task_block() { return g_next_task.fetch_add(kTaskBlock, std::memory_order_relaxed); }

void begin_recording(const Recording& recording) {
  if (g_states == nullptr) {
    void* memory = mmap(nullptr, kThreadSlots * sizeof(ThreadState), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g_states = memory == MAP_FAILED ? nullptr : static_cast<ThreadState*>(memory);
  }
  if (!g_exit_key_made) g_exit_key_made = pthread_key_create(&g_exit_key, on_thread_exit) == 0;
  g_next_task.store(1, std::memory_order_relaxed);
  g_recording = recording;
}

void forget_threads() {
  t_state = nullptr;
  if (g_exit_key_made) pthread_setspecific(g_exit_key, nullptr);
}

void wake_writer(const Ring& ring) {
  auto& sleeps = ring.header->writer_sleeps;
  if (sleeps.load(std::memory_order_relaxed) == 0) return;
  sleeps.store(0, std::memory_order_relaxed);
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&sleeps), FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace loopscope::record
