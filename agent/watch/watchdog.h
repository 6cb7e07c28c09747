// The thread that looks at the loops: is one busy for longer than the limit, and what is it doing? Session starts and
// stops it. It has a table of file descriptors of its own, like the writer, and works at the host's priority: a watchdog
// that comes late sees nothing.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "agent/record/ring.h"

namespace loopscope::watch {

struct WatchOptions {
  std::uint32_t stall_ms = 10;
  std::uint32_t sample_ms = 5;
  std::uint32_t samples_per_s = 10;
};

class Watchdog {
 public:
  // `ring` must outlive the process.
  Watchdog(const record::Ring& ring, WatchOptions options);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Returns when it watches. False, with errno, if there can be no thread.
  bool start();

  // Returns when it has put its last word into the ring, or after `timeout_ms`: then false, and it must not be
  // destroyed.
  bool stop(std::uint32_t timeout_ms);

 private:
  struct Watch;

  static void* run(void* self);
  void watch();

  record::Ring ring_;
  WatchOptions options_;
  pthread_t thread_{};
  std::atomic<std::uint32_t> watches_{0};
  std::atomic<std::uint32_t> stop_wanted_{0};
  std::atomic<std::uint32_t> stopped_{0};
};

}  // namespace loopscope::watch
