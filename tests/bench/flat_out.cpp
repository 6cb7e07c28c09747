// A program of its own, so that its memory is the agent's: lives of tasks on one thread as fast as they can be
// recorded. Prints one JSON object. usage: bench_flat_out TRACE EVENTS
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/bench/recorder.h"

namespace {

double ms_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * 4096 / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace loopscope::bench;
  if (argc != 3) return 2;
  const std::uint64_t events = std::strtoull(argv[2], nullptr, 10);
  const auto before = std::chrono::steady_clock::now();
  loopscope_status status{};
  double start_ms = 0;
  double produce_ms = 0;
  double half_rss_mb = 0;
  double rss_mb = 0;
  {
    const Recording recording(argv[1], 0);
    start_ms = ms_since(before);
    const loopscope_site site = a_site();
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t made = 0;
    for (int half = 0; half < 2; ++half) {
      for (; made < events / 2 * static_cast<std::uint64_t>(half + 1); made += 6 * 256 + 2) {
        loopscope_poll_begin(recording.loop(), UINT64_MAX);
        loopscope_poll_end(recording.loop(), 256);
        for (int i = 0; i < 256; ++i) {
          const loopscope_task task = loopscope_task_created(site);
          loopscope_span_begin(task);
          loopscope_span_end(task);
          loopscope_span_begin(task);
          loopscope_span_end(task);
          loopscope_task_finished(task);
        }
      }
      (half == 0 ? half_rss_mb : rss_mb) = resident_mb();
    }
    produce_ms = ms_since(start);
    recording.drain();
    status = recording.status();
  }
  std::printf(
      "{\"start_ms\": %.3f, \"produce_ms\": %.3f, \"events\": %llu, \"lost\": %llu, \"bytes\": %llu, "
      "\"half_rss_mb\": %.1f, \"rss_mb\": %.1f}\n",
      start_ms, produce_ms, static_cast<unsigned long long>(status.events),
      static_cast<unsigned long long>(status.lost_events),
      static_cast<unsigned long long>(status.bytes_written), half_rss_mb, rss_mb);
  return 0;
}
