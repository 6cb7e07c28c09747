// The other extreme of workload.h: every task has work of its own that nobody waits for, so that the processor works
// on the next task while the last one is being recorded, and a record has no idle moment to hide in. A ring of tasks,
// each one to four spans, a finished one is followed by a child. About 25 ns of work an event.
#pragma once

#include <array>
#include <cstdint>

#include "tests/bench/workload.h"

namespace loopscope::bench {

template <class Recorder>
WorkloadResult run_independent_work(Recorder& recorder, std::uint64_t tasks) {
  struct Task {
    std::uint64_t id;
    std::uint64_t seed;
    unsigned spans_left;
  };
  constexpr std::size_t kReady = 1024;
  constexpr std::uint32_t kPerTick = 64;
  const auto own_work = [](std::uint64_t seed) {
    for (int step = 0; step < 54; ++step) seed = (seed ^ (seed >> 29)) * 0x9E3779B97F4A7C15u;
    return seed;
  };
  WorkloadResult result;
  std::array<Task, kReady> ready;
  std::uint64_t made = 0;
  const auto create = [&](std::uint64_t parent, std::uint64_t seed) {
    ++made;
    ++result.events;
    return Task{recorder.created(parent, 0), seed, 1 + static_cast<unsigned>(seed >> 62)};
  };
  for (Task& task : ready) task = create(0, own_work(made));
  std::size_t next = 0;
  while (made < tasks) {
    recorder.poll_begin();
    recorder.poll_end(kPerTick);
    result.events += 2;
    for (std::uint32_t i = 0; i < kPerTick; ++i, next = (next + 1) % kReady) {
      Task& task = ready[next];
      recorder.begin(task.id);
      task.seed = own_work(task.seed);
      result.events += 2;
      if (--task.spans_left > 0) {
        recorder.end(task.id);
        continue;
      }
      const Task child = create(task.id, own_work(task.seed + 1));
      recorder.end(task.id);
      if (made % 4096 != 0) {
        recorder.finished(task.id);
        ++result.events;
      }
      result.chain += task.seed;
      task = child;
    }
  }
  keep(result.chain);
  return result;
}

}  // namespace loopscope::bench
