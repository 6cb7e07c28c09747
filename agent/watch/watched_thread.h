// One thread that runs a loop, as the watchdog sees it: since when it is busy, and the stall it may be in. Watchdog
// thread.
#pragma once

#include <cstdint>

#include "agent/record/observations.h"
#include "agent/record/recorder.h"
#include "agent/watch/sampler.h"
#include "agent/watch/thread_files.h"

namespace loopscope::watch {

// In ticks of the recorded clock, so that nothing has to be converted.
struct Limits {
  std::uint64_t stall = 0;
  std::uint64_t first_interval = 0;  // from the first sample to the second, doubled for each further one
  double ns_per_tick = 1;
};

// The watchdog looks at all its threads, one after the other.
struct Look {
  const record::Ring& ring;
  const Limits& limits;
  std::uint64_t late_ns = 0;  // how late the watchdog came to it
  unsigned stride = 1;        // every so many looks a thread with short ticks is asked for its times
};

class WatchedThread {
 public:
  // The thread in that slot, from its state: `tasks` as in ThreadFiles::open.
  void begin(const record::Ring& ring, const record::ThreadState& state, std::uint32_t slot,
             const stack::PrivateFile& tasks);
  // It is gone, or another one has its slot.
  void end(const record::Ring& ring);
  bool is_watched() const { return state_ != nullptr; }
  bool is(std::uint32_t thread_id) const { return state_ != nullptr && thread_id_ == thread_id; }

  // Says whether the thread did anything since the last look.
  bool look(const Look& look, Sampler& sampler);

  // When the next look is due, in ticks: the tick that was seen would be a stall from then on, and so would be one that
  // began behind this look. During a stall sooner, so that its samples and its end are not late.
  std::uint64_t next_look(const Limits& limits, std::uint64_t now) const;

 private:
  void read_times(const Look& look);
  void leave_out_before_tick(const Limits& limits);
  void begin_stall(const record::Ring& ring);
  void tell_woken(const record::Ring& ring) const;
  void end_stall(const record::Ring& ring, std::uint64_t at);
  void tell_times();

  const record::ThreadState* state_ = nullptr;
  std::uint32_t thread_id_ = 0;
  std::uint32_t tid_ = 0;
  ThreadFiles files_;
  std::uint64_t busy_since_ = 0;  // at the last look

  // What the kernel said last, when, and what was known before the tick began.
  Scheduling last_{};
  std::uint64_t last_at_ = 0;
  Scheduling before_{};
  unsigned looks_ = 0;

  record::StallObservation stall_{};  // id 0: there is none
  std::uint64_t next_sample_ = 0;
  std::uint64_t interval_ = 0;
};

}  // namespace loopscope::watch
