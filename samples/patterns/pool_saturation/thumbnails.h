// Requests for thumbnails, a burst at a time, and a store that takes its time for each: what the thread pool is for. Loop
// thread, but for fetch().
#pragma once

#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <vector>

inline constexpr int kBursts = 11;
inline constexpr int kBurst = 11;  // requests
inline constexpr std::uint64_t kBurstEveryMs = 101;
inline constexpr std::uint64_t kFetchMs = 53;

struct Thumbnail {
  uv_work_t work{};
  std::uint64_t asked_ns = 0;
  std::uint64_t begun_ns = 0;

  // On a thread of the pool, which waits for the store.
  static void fetch(uv_work_t* work) {
    static_cast<Thumbnail*>(work->data)->begun_ns = uv_hrtime();
    usleep(kFetchMs * 1000);
  }
};

// What they waited for a thread, by their own clock.
class Waits {
 public:
  void add(const Thumbnail& one) { ns_.push_back(one.begun_ns - one.asked_ns); }

  // One line of JSON.
  void print(int planted_line, int threads) {
    std::sort(ns_.begin(), ns_.end());
    std::uint64_t sum = 0;
    for (const std::uint64_t ns : ns_) sum += ns;
    const auto ms = [](std::uint64_t ns) { return static_cast<double>(ns) / 1e6; };
    printf(
        "{\"planted_line\": %d, \"tasks\": %zu, \"threads\": %d, \"run_mean\": %d, \"queue_delay_p50\": "
        "%.1f, "
        "\"queue_delay_p99\": %.1f, \"waited_total\": %.1f}\n",
        planted_line, ns_.size(), threads, static_cast<int>(kFetchMs), ms(ns_[ns_.size() / 2]),
        ms(ns_.back()), ms(sum));
  }

 private:
  std::vector<std::uint64_t> ns_;
};
