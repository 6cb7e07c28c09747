// run_workload's recorder for programs that must not lose an event, however busy the machine is: it waits for the
// writer now and then, while the loop polls.
#pragma once

#include "tests/bench/recorder.h"

namespace loopscope::bench {

class PatientRecorder {
 public:
  // nullptr: nothing is recorded, the calls are made all the same.
  explicit PatientRecorder(const Recording* recording)
      : recording_(recording), recorder_(recording ? recording->loop() : 0) {}

  std::uint64_t created(std::uint64_t parent, std::uint32_t site) {
    ++since_drained_;
    return recorder_.created(parent, site);
  }
  void begin(std::uint64_t task) { recorder_.begin(task); }
  void end(std::uint64_t task) { recorder_.end(task); }
  void finished(std::uint64_t task) { recorder_.finished(task); }
  void poll_begin() {
    recorder_.poll_begin();
    if (since_drained_ < kTasksBetweenDrains) return;
    since_drained_ = 0;
    const double start = cpu_ns();
    if (recording_ != nullptr) recording_->drain();
    drained_ns_ += cpu_ns() - start;
  }
  void poll_end(std::uint32_t events) { recorder_.poll_end(events); }

  // Thread CPU of the waits.
  double drained_ns() const { return drained_ns_; }

 private:
  static constexpr std::uint64_t kTasksBetweenDrains = 100'000;  // some 8 MiB, a quarter of the ring
  const Recording* recording_;
  LoopscopeRecorder recorder_;
  std::uint64_t since_drained_ = 0;
  double drained_ns_ = 0;
};

}  // namespace loopscope::bench
