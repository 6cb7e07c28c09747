// A toy event loop with real work in it, for any recorder. One chain of dependent work is carried through the whole
// run, as the state of a program is, so that nothing of a task can be computed before the task in front of it. A
// tick runs what is ready; each task lives one to four spans, one span in four creates a child, 1 task in 4096 is
// never finished. About 24 ns of work an event. The same numbers come out whoever records.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/rounds.h"

namespace loopscope::bench {

inline constexpr std::uint32_t kWorkloadSites = 32;
inline constexpr double kWorkloadEventsATask = 5.5;

// Takes what it is told, and does nothing.
struct NoRecorder {
  std::uint64_t created(std::uint64_t parent, std::uint32_t site) {
    keep(parent);
    keep(site);
    return ++last;
  }
  void begin(std::uint64_t task) { keep(task); }
  void end(std::uint64_t task) { keep(task); }
  void finished(std::uint64_t task) { keep(task); }
  void poll_begin() { keep(last); }
  void poll_end(std::uint32_t events) { keep(events); }
  std::uint64_t last = 0;
};

struct WorkloadResult {
  std::uint64_t events = 0;
  std::uint64_t chain = 0;  // where the work ended
};

// Steps that wait for each other: a multiplication and an addition, about 1 ns.
inline std::uint64_t work(std::uint64_t x, std::uint32_t steps) {
  for (std::uint32_t step = 0; step < steps; ++step) x = x * 6364136223846793005u + 1442695040888963407u;
  return x;
}

// xorshift: decides what happens, and is no part of the chain of work.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

 private:
  std::uint64_t state_;
};

// `tasks` lives from birth to finish. The seed decides everything but time.
template <class Recorder>
WorkloadResult run_workload(Recorder& recorder, std::uint64_t tasks, std::uint64_t seed) {
  struct Task {
    std::uint64_t id;
    std::uint32_t spans_left;
  };
  constexpr std::size_t kFew = 64;     // then new ones come from outside
  constexpr std::size_t kMany = 3000;  // then tasks have no children
  Choices choices(seed);
  WorkloadResult result;
  result.chain = seed;
  std::vector<Task> ready, next;
  ready.reserve(2 * kMany);
  next.reserve(2 * kMany);
  std::uint64_t made = 0;
  std::uint64_t done = 0;
  const auto create = [&](std::vector<Task>& queue, std::uint64_t parent) {
    const std::uint64_t choice = choices.next();
    const std::uint32_t more_spans = choice >> 8 & 1 ? choice >> 9 & 3 : 0;
    queue.push_back({recorder.created(parent, choice % kWorkloadSites), 1 + more_spans});
    ++made;
    ++result.events;
  };
  while (made < tasks || !ready.empty()) {
    recorder.poll_begin();
    recorder.poll_end(static_cast<std::uint32_t>(ready.size()));
    result.events += 2;
    if (ready.size() < kFew) {
      for (std::size_t i = 0; i < kFew / 2 && made < tasks; ++i) create(ready, 0);
    }
    for (Task& task : ready) {
      recorder.begin(task.id);
      const std::uint64_t choice = choices.next();
      const std::uint32_t steps = choice & 127;
      const bool heavy = (choice >> 20 & 1023) == 0;
      result.chain = work(result.chain, heavy ? 50 * steps : steps);
      if ((choice >> 32 & 3) == 0 && made < tasks && next.size() < kMany) create(next, task.id);
      recorder.end(task.id);
      result.events += 2;
      if (--task.spans_left > 0) {
        next.push_back(task);
      } else if (++done % 4096 != 0) {
        recorder.finished(task.id);
        ++result.events;
      }
    }
    ready.swap(next);
    next.clear();
  }
  keep(result.chain);
  return result;
}

}  // namespace loopscope::bench
