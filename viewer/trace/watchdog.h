// What the watchdog of the recorded program saw: Stall, StallSample, StallWoken and RunQueueWait packets. Collected in the first
// pass, before anything is known of threads and the clock, and sorted by thread and time before the second. Used by
// read_trace, which fills it, and by Story and Stalls, which look for what belongs to an event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/definitions.h"
#include "viewer/trace/rare_packets.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {

// So many of each kind of packet are kept, the first ones; and so many frames of a sample, the innermost ones.
inline constexpr std::size_t kMaxWatchdogPackets = 100'000;
inline constexpr std::size_t kMaxSampleFrames = 512;

class Watchdog {
 public:
  // A Stall packet.
  struct Sighting {
    Time begin = 0;
    Time end = kNever;  // it was not over when the recording ended
    Nanos run_queue_wait = 0;
    Nanos cpu = 0;
    std::uint64_t suppressed = 0;
    std::uint64_t cause = 0;
    std::uint64_t woken_events = 0;
    std::vector<std::string> woken_by;
  };
  // All in the order of time.
  struct OfThread {
    std::vector<Sighting> sightings;
    std::vector<model::StallSample> samples;  // without tasks and weights
    std::vector<model::RunQueueWait> waits;
  };

  // The contents of packets. Throw protozero::exception on a damaged one.
  void add_stall(std::string_view message);
  void add_sample(std::string_view message);
  void add_woken(std::string_view message);
  void add_run_queue_wait(std::string_view message);

  // Once, after all packets and when the trace's threads are known; what is of another thread is dropped. Fills
  // Trace::run_queue_waits. What samples weigh is taken off `budget_bytes`; those beyond it are dropped.
  void sort(model::Trace& trace, const Definitions& names, const TraceClock& clock,
            std::uint64_t& budget_bytes);

  // By index in the model; null if it saw nothing of that thread.
  OfThread* of(std::uint32_t thread) {
    const auto found = threads_.find(thread);
    return found == threads_.end() ? nullptr : &found->second;
  }
  std::unordered_map<std::uint32_t, OfThread>& threads() { return threads_; }

 private:
  std::vector<RawStall> stalls_;
  std::unordered_map<std::uint64_t, std::size_t> stall_by_id_;
  std::vector<RawStallSample> samples_;
  std::unordered_map<std::uint64_t, RawStallWoken> woken_;  // by stall
  std::vector<RawRunQueueWait> waits_;
  std::unordered_map<std::uint32_t, OfThread> threads_;
};

// "stall_ms=20" among the options of a recording. False if they do not say that it was watched; `limit` stays as it
// is then.
bool read_stall_limit(const std::vector<std::string>& options, Nanos& limit);

}  // namespace loopscope::trace
