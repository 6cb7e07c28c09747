// One thread of a random program.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/agent/round_trip/program.h"

namespace loopscope::round_trip {

// What threads share: tasks that any of them may run or finish.
class Pool {
 public:
  void add(loopscope_task task);
  // 0 if there is none.
  loopscope_task any(std::uint64_t random) const;
  // Nobody else gets it after this.
  loopscope_task take(std::uint64_t random);
  bool take_this(loopscope_task task);
  // Each pair waits once at a time.
  bool begin_await(loopscope_task waiter, loopscope_task awaited);
  void end_await(loopscope_task waiter, loopscope_task awaited);
  std::uint64_t peak() const { return peak_; }

 private:
  mutable std::mutex lock_;
  std::vector<loopscope_task> pending_;
  std::set<std::pair<loopscope_task, loopscope_task>> awaits_;
  std::uint64_t peak_ = 0;
};

class Worker {
 public:
  Worker(const Shape& shape, int number, const Issued& names, Pool& pool);

  // On the thread it stands for, first.
  void enter();
  void step();
  // Ends what has to end: its loop's poll.
  void leave();

  Thread& thread() { return thread_; }

 private:
  template <class Call>
  void timed(Op op, Call call);
  template <class Call>
  void untimed(Op op, Call call);

  std::uint64_t upto(std::uint64_t limit) { return random_() % limit; }
  bool one_in(std::uint64_t n) { return random_() % n == 0; }

  void create();
  bool begin_span();
  void end_span();
  void end_and_finish();
  void finish();
  void wait();
  void end_span_waiting(loopscope_task other, std::uint32_t site);
  void begin_span_after_wait();
  void label();
  std::uint64_t some_bytes();
  void transfer();
  void turn_loop();
  void pause();
  void measure();
  void call_for_nothing();
  void spin();

  const Shape& shape_;
  std::mt19937_64 random_;
  const Issued& names_;
  Pool& pool_;
  Thread thread_;
  loopscope_loop loop_ = 0;
  bool in_tick_ = false;
  bool in_poll_ = false;
  int pauses_ = 0;
  Window last_timed_;
  loopscope_task favourite_ = 0;
  std::set<loopscope_task> created_;
  std::vector<loopscope_task> open_;
  std::vector<std::pair<loopscope_task, loopscope_task>> awaits_;
  double next_number_;
};

}  // namespace loopscope::round_trip
