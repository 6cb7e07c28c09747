// A recording of this process for a benchmark, and the workload's view of it.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <loopscope/loopscope.h>

namespace loopscope::bench {

// Starts recording into `path`, stops when it goes. A benchmark that cannot record is no benchmark: exits.
class Recording {
 public:
  Recording(const std::string& path, std::uint32_t flags) {
    loopscope_options options{};
    options.size = sizeof options;
    options.trace_path = path.c_str();
    options.flags = flags;
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

 private:
  static void check(int error, const char* what) {
    if (error == LOOPSCOPE_OK) return;
    fmt::print(stderr, "loopscope_{}: {}: {}\n", what, loopscope_error_text(error), loopscope_last_error());
    std::exit(1);
  }
  loopscope_loop loop_ = 0;
};

inline loopscope_site a_site(std::uint32_t flags = 0) {
  loopscope_site_info info{};
  info.size = sizeof info;
  info.kind = "bench_task";
  info.file = __FILE__;
  info.line = flags;  // one site for each use
  info.flags = flags;
  return loopscope_site_define(&info);
}

// run_workload's recorder.
struct LoopscopeRecorder {
  loopscope_site site;
  loopscope_loop loop;
  std::uint64_t created(std::uint64_t parent) { return loopscope_task_created_from(site, parent, nullptr); }
  void begin(std::uint64_t task) { loopscope_span_begin(task); }
  void end(std::uint64_t task) { loopscope_span_end(task); }
  void finished(std::uint64_t task) { loopscope_task_finished(task); }
  void poll_begin() { loopscope_poll_begin(loop, UINT64_MAX); }
  void poll_end(std::uint32_t events) { loopscope_poll_end(loop, events); }
};

}  // namespace loopscope::bench
