// A recording of this process for a benchmark, and the workload's view of it.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <loopscope/loopscope.h>

#include "tests/bench/workload.h"

namespace loopscope::bench {

struct RecordingOptions {
  std::uint32_t flags = 0;  // LOOPSCOPE_START_...
  std::uint32_t max_frames = 0;
  std::uint32_t stall_ms = 0;  // LOOPSCOPE_NEVER: no watchdog
};

// Starts recording into `path`, stops when it goes. A benchmark that cannot record is no benchmark: exits.
class Recording {
 public:
  explicit Recording(const std::string& path, RecordingOptions wanted = {}) {
    loopscope_options options{};
    options.size = sizeof options;
    options.trace_path = path.c_str();
    options.flags = wanted.flags;
    options.max_frames = wanted.max_frames;
    options.stall_ms = wanted.stall_ms;
    check(loopscope_start(&options), "start");
    loop_ = loopscope_loop_created("bench", nullptr);
  }
  ~Recording() { loopscope_stop(); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  loopscope_loop loop() const { return loop_; }

  // Everything so far is in the file: what comes next begins with an empty ring.
  void drain() const { check(loopscope_flush(30'000), "flush"); }

  loopscope_status status() const {
    loopscope_status status{};
    status.size = sizeof status;
    check(loopscope_get_status(&status), "status");
    return status;
  }

  // For the note of a row: "" if all is well.
  std::string losses() const {
    const std::uint64_t lost = status().lost_events;
    return lost == 0 ? "" : fmt::format("lost {} events", lost);
  }

 private:
  static void check(int error, const char* what) {
    if (error == LOOPSCOPE_OK) return;
    fmt::print(stderr, "loopscope_{}: {}: {}\n", what, loopscope_error_text(error), loopscope_last_error());
    std::exit(1);
  }
  loopscope_loop loop_ = 0;
};

// A place that creates tasks; other numbers, other places.
inline loopscope_site a_site(std::uint32_t number = 0, std::uint32_t flags = 0) {
  loopscope_site_info info{};
  info.size = sizeof info;
  info.kind = "bench_task";
  info.file = "bench.cpp";
  info.line = number;
  info.flags = flags;
  return loopscope_site_define(&info);
}

// run_workload's recorder.
class LoopscopeRecorder {
 public:
  explicit LoopscopeRecorder(loopscope_loop loop) : loop_(loop) {
    for (std::uint32_t i = 0; i < kWorkloadSites; ++i) sites_[i] = a_site(i);
  }
  std::uint64_t created(std::uint64_t parent, std::uint32_t site) {
    return loopscope_task_created_from(sites_[site], parent, nullptr);
  }
  void begin(std::uint64_t task) { loopscope_span_begin(task); }
  void end(std::uint64_t task) { loopscope_span_end(task); }
  void finished(std::uint64_t task) { loopscope_task_finished(task); }
  void poll_begin() { loopscope_poll_begin(loop_, UINT64_MAX); }
  void poll_end(std::uint32_t events) { loopscope_poll_end(loop_, events); }

 private:
  loopscope_loop loop_;
  std::array<loopscope_site, kWorkloadSites> sites_{};
};

}  // namespace loopscope::bench
