// A toy event loop with real work in it, for any recorder: a tick runs up to 64 ready tasks, each lives one to
// four spans, and a finished one is followed by a child of the task that ran. About 25 ns of work an event,
// and 1 task in 4096 is never finished. The same numbers come out whoever records.
#pragma once

#include <array>
#include <cstdint>

namespace loopscope::bench {

struct NoRecorder {
  std::uint64_t created(std::uint64_t) { return 0; }
  void begin(std::uint64_t) {}
  void end(std::uint64_t) {}
  void finished(std::uint64_t) {}
  void poll_begin() {}
  void poll_end(std::uint32_t) {}
};

struct WorkloadResult {
  std::uint64_t events = 0;
  std::uint64_t checksum = 0;  // keeps the work from being optimised away
};

// Dependent steps: what a small callback costs, some 80 ns.
inline std::uint64_t work(std::uint64_t seed) {
  for (int step = 0; step < 54; ++step) seed = (seed ^ (seed >> 29)) * 0x9E3779B97F4A7C15u;
  return seed;
}

template <class Recorder>
WorkloadResult run_workload(Recorder& recorder, std::uint64_t tasks) {
  struct Task {
    std::uint64_t id;
    std::uint64_t seed;
    unsigned spans_left;
  };
  constexpr std::size_t kReady = 1024;
  constexpr std::uint32_t kPerTick = 64;
  WorkloadResult result;
  std::array<Task, kReady> ready;
  std::uint64_t made = 0;
  const auto create = [&](std::uint64_t parent, std::uint64_t seed) {
    ++made;
    ++result.events;
    return Task{recorder.created(parent), seed, 1 + static_cast<unsigned>(seed >> 62)};
  };
  for (Task& task : ready) task = create(0, work(made));
  std::size_t next = 0;
  while (made < tasks) {
    recorder.poll_begin();
    recorder.poll_end(kPerTick);
    result.events += 2;
    for (std::uint32_t i = 0; i < kPerTick; ++i, next = (next + 1) % kReady) {
      Task& task = ready[next];
      recorder.begin(task.id);
      task.seed = work(task.seed);
      result.events += 2;
      if (--task.spans_left > 0) {
        recorder.end(task.id);
        continue;
      }
      const Task child = create(task.id, work(task.seed + 1));
      recorder.end(task.id);
      if (made % 4096 != 0) {
        recorder.finished(task.id);
        ++result.events;
      }
      result.checksum += task.seed;
      task = child;
    }
  }
  return result;
}

}  // namespace loopscope::bench
