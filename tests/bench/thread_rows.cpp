#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/bench/recorder.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

// Two threads, each its spans, from a common start: wall time a span of the slower one.
double two_threads_ns(loopscope_task task) {
  constexpr int kSpans = 100'000;
  std::atomic<int> ready{0};
  double ns[2] = {};
  const auto produce = [&](int which) {
    loopscope_span_begin(task);
    loopscope_span_end(task);
    ready.fetch_add(1);
    while (ready.load() < 2) _mm_pause();
    const double start = wall_ns();
    for (int i = 0; i < kSpans; ++i) {
      loopscope_span_begin(task);
      loopscope_span_end(task);
    }
    ns[which] = (wall_ns() - start) / kSpans;
  };
  std::thread other(produce, 1);
  produce(0);
  other.join();
  return std::max(ns[0], ns[1]);
}

}  // namespace

void add_thread_rows(Run& run) {
  const Recording recording(run.folder + "/threads.pb");
  const loopscope_task task = loopscope_task_created(a_site());
  const Figure spans = run.control.ratio(
      31, [&] { recording.drain(); }, [&] { return two_threads_ns(task); });
  run.table.add(row_of("span, two threads at once, wall", spans, 3.0, recording.losses()));
}

}  // namespace loopscope::bench
