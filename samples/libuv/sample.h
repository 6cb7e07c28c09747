// What stands around the mistake of each sample: how often it is made, other work on the same loop that has to wait
// for it, and a clock of its own, for tests that hold a report against the truth.
#pragma once

#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

class Sample {
 public:
  static constexpr int kMostTimes = 997;

  // PROGRAM [times] [--truth]. Ends the program if it is called in another way.
  Sample(int argc, char** argv, int times) : times_(times) {
    bool understood = true;
    for (int i = 1; i < argc; ++i) {
      if (strcmp(argv[i], "--truth") == 0) {
        tells_truth_ = true;
      } else {
        times_ = atoi(argv[i]);
        understood = understood && times_ >= 1 && times_ <= kMostTimes;
      }
    }
    if (understood) return;
    fprintf(stderr, "usage: %s [1...%d times] [--truth]\n", argv[0], kMostTimes);
    exit(2);
  }

  int times() const { return times_; }

  // Around the mistake. Loop thread.
  void block_begins() { begun_ns_ = uv_hrtime(); }
  void block_ends() {
    const uint64_t took_ns = uv_hrtime() - begun_ns_;
    blocks_ += 1;
    total_ns_ += took_ns;
    worst_ns_ = std::max(worst_ns_, took_ns);
  }

  // Runs the loop until nothing is left but the heartbeat. `--truth` prints one line of JSON then.
  int run(uv_loop_t* loop) {
    uv_timer_init(loop, &heartbeat_);
    uv_timer_start(
        &heartbeat_, [](uv_timer_t*) {}, kHeartbeatMs, kHeartbeatMs);
    uv_unref(reinterpret_cast<uv_handle_t*>(&heartbeat_));
    uv_run(loop, UV_RUN_DEFAULT);
    uv_close(reinterpret_cast<uv_handle_t*>(&heartbeat_), nullptr);
    uv_run(loop, UV_RUN_DEFAULT);
    if (tells_truth_) {
      printf("{\"blocks\": %d, \"total_ms\": %.3f, \"worst_ms\": %.3f}\n", blocks_,
             static_cast<double>(total_ns_) / 1e6, static_cast<double>(worst_ns_) / 1e6);
    }
    return 0;
  }

 private:
  static constexpr uint64_t kHeartbeatMs = 5;

  int times_;
  bool tells_truth_ = false;
  uv_timer_t heartbeat_;
  int blocks_ = 0;
  uint64_t begun_ns_ = 0;
  uint64_t total_ns_ = 0;
  uint64_t worst_ns_ = 0;
};
