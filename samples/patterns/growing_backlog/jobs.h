// Jobs that come faster than they are done: 2 at a time, 11 ms each, and one more every 3 ms for 1.5 s. Loop thread.
#pragma once

#include <uv.h>

#include <coroutine>
#include <cstdint>
#include <deque>

#include "samples/patterns/coroutines.h"

namespace jobs {

constexpr uint64_t kEveryMs = 3;
constexpr uint64_t kJobMs = 11;
constexpr int kAll = 499;

// So many may work at once; the others wait in line.
class Workers {
 public:
  explicit Workers(int free) : free_(free) {}

  auto turn() {
    struct Turn {
      Workers& workers;
      bool await_ready() noexcept { return workers.free_ > 0 && (--workers.free_, true); }
      void await_suspend(std::coroutine_handle<> waiter) { workers.line_.push_back(waiter); }
      void await_resume() noexcept {}
    };
    return Turn{*this};
  }
  void done() {
    if (line_.empty()) {
      ++free_;
      return;
    }
    const std::coroutine_handle<> next = line_.front();
    line_.pop_front();
    next.resume();
  }
  std::size_t in_line() const { return line_.size(); }

 private:
  int free_;
  std::deque<std::coroutine_handle<>> line_;
};

inline patterns::Detached job(Workers& workers) {
  co_await workers.turn();
  co_await patterns::after(kJobMs);
  workers.done();
}

// `accepts`: whether another one is taken in. Runs until the last has come; what is in line then stays there.
inline void run(Workers& workers, bool (*accepts)(const Workers&)) {
  struct State {
    Workers& workers;
    bool (*accepts)(const Workers&);
    int came = 0;
  } state{workers, accepts};
  uv_timer_t arrivals;
  uv_timer_init(uv_default_loop(), &arrivals);
  arrivals.data = &state;
  uv_timer_start(
      &arrivals,
      [](uv_timer_t* timer) {
        auto* now = static_cast<State*>(timer->data);
        if (now->accepts(now->workers)) job(now->workers);
        if (++now->came == kAll) uv_stop(uv_default_loop());
      },
      kEveryMs, kEveryMs);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

}  // namespace jobs
