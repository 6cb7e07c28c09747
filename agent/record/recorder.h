// Events into per-thread chunks: the hot path. Each function runs on the host thread whose event it is; it
// never waits, allocates (after the thread's first event), locks or makes a system call, with one exception:
// a thread that takes one of the last free chunks wakes the writer.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "agent/record/clock.h"
#include "agent/record/ring.h"

namespace loopscope::record {

// One host thread. Private memory; reused by slot.
struct alignas(64) ThreadState {
  std::uint64_t* next = nullptr;   // where the next record goes
  std::uint64_t* limit = nullptr;  // a record that begins before it fits
  Chunk* chunk = nullptr;
  std::uint64_t last_ticks = 0;
  std::uint64_t next_task = 0;  // of the block this thread took
  std::uint64_t last_task = 0;
  std::uint32_t depth = 0;  // open spans, may exceed kMaxOpenSpans
  int recording = 0;        // the recording this state belongs to
  bool busy = false;        // a record is being made: what comes now interrupted it
  bool in_tick = false;     // between poll end and poll begin
  std::uint32_t slot = 0;
  std::uint64_t random = 0;
  std::uint64_t lost = 0;  // since the last chunk
  std::uint64_t lost_from_ticks = 0;
  OpenSpan open_spans[kMaxOpenSpans];
};

// What the functions below need of a recording; constant while it lasts.
struct Recording {
  Ring ring;
  bool precise = false;
  bool stacks = true;
  std::uint32_t max_frames = 24;
};
extern Recording g_recording;

// What loopscope_recording_flag holds: 0 off, > 0 the number of the recording, kStartOnFirstEvent where
// recording waits for something to record (under `loopscope record`, and in a forked child).
inline constexpr int kStartOnFirstEvent = -1;

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

extern __thread ThreadState* t_state __attribute__((tls_model("initial-exec")));

// The calling thread's state in the recording `number`, ready for a record; nullptr if it is to do nothing
// (recording ended, no slot). Cold: first event, first event of a recording.
ThreadState* enter_cold(int number);

// A new chunk for `state`; false if there is none and this event is lost (and counted).
bool next_chunk(ThreadState& state, std::uint64_t now);

// Task numbers: blocks of kTaskBlock, so that they stay dense without a shared counter.
inline constexpr std::uint64_t kTaskBlock = 256;
std::uint64_t take_task_block();

// Resets numbers and the tables of threads before a recording starts.
void begin_recording(const Recording& recording);

// In a forked child: nothing of the parent's threads is left.
void forget_threads();

// The writer asks to be woken; see RingHeader::writer_sleeps.
void wake_writer(const Ring& ring);

}  // namespace loopscope::record
