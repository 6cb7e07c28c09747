// A program of its own, so that its memory is the agent's: lives of tasks on one thread as fast as they can be
// recorded. Prints one JSON object. usage: bench_flat_out TRACE EVENTS
#include <cstdio>
#include <cstdlib>

#include "tests/bench/programs/memory.h"
#include "tests/bench/recorder.h"

int main(int argc, char** argv) {
  using namespace loopscope::bench;
  if (argc != 3) return 2;
  const std::uint64_t events = std::strtoull(argv[2], nullptr, 10);
  const double before = wall_ns();
  loopscope_status status{};
  double start_ms = 0;
  double produce_ms = 0;
  double rss = 0;
  {
    const Recording recording(argv[1]);
    start_ms = (wall_ns() - before) / 1e6;
    const loopscope_site site = a_site();
    const double start = wall_ns();
    for (std::uint64_t made = 0; made < events; made += 6 * 256 + 2) {
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
    produce_ms = (wall_ns() - start) / 1e6;
    rss = resident_bytes();
    recording.drain();
    status = recording.status();
  }
  fmt::print(R"({{"start_ms": {:.3f}, "produce_ms": {:.3f}, "events": {}, "lost": {}, "rss": {}}})"
             "\n",
             start_ms, produce_ms, status.events, status.lost_events, rss);
  return 0;
}
