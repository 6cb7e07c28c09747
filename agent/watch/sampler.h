// Takes the stack of a stalled thread: of one that sleeps in a system call by looking at it, of one that runs by asking
// it. Never too many: what is not taken is counted. Watchdog thread.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/record/observations.h"
#include "agent/record/recorder.h"
#include "agent/stack/unwind_image.h"
#include "agent/watch/interrupt.h"
#include "agent/watch/thread_files.h"

namespace loopscope::watch {

class Sampler {
 public:
  // `patience_ns`: how long a thread that runs is waited for at once. `samples_per_s`: on average; ten times as many at
  // once.
  Sampler(std::uint64_t patience_ns, double ns_per_tick, double samples_per_s)
      : patience_ns_(patience_ns),
        ns_per_tick_(ns_per_tick),
        samples_per_s_(samples_per_s),
        budget_(most_at_once()) {}

  // Opens what it needs; what cannot be had is said in the samples. On the watchdog thread.
  void open();

  // One sample of the thread, for the stall of that number, put into the trace. False if there were too many lately.
  bool take(const record::Ring& ring, const record::ThreadState& state, std::uint32_t tid,
            const ThreadFiles& files, std::uint32_t stall, std::uint64_t late_ns);

  // An answer that was still awaited, if it has come.
  void collect(const record::Ring& ring);
  // The thread is no longer in the stall that was asked for.
  void forget(std::uint32_t stall);
  // No question is left behind.
  void close() { interrupt_.give_up(); }

 private:
  bool look_at_sleeper(const record::Ring& ring, const Doing& doing, const ThreadFiles& files,
                       record::SampleObservation sample);
  void ask_runner(const record::Ring& ring, const record::ThreadState& state, std::uint32_t tid,
                  const ThreadFiles& files, record::SampleObservation sample);
  void put(const record::Ring& ring, record::SampleObservation sample, const stack::ThreadImage& image);
  void put_without_stack(const record::Ring& ring, record::SampleObservation sample,
                         record::StackTrouble trouble);
  bool may_take();
  double most_at_once() const { return 10 * samples_per_s_; }

  std::uint64_t patience_ns_;
  double ns_per_tick_;
  double samples_per_s_;
  Interrupt interrupt_;
  stack::ImageUnwinder unwinder_;
  bool can_unwind_ = false;
  bool can_ask_ = false;
  std::unique_ptr<unsigned char[]> stack_;
  record::SampleObservation asked_{};  // whose answer is awaited; stall 0: none
  std::uint64_t asked_at_ = 0;
  double budget_;
  std::uint64_t budget_at_ns_ = 0;
};

}  // namespace loopscope::watch
