// A store that answers 29 questions at a time, each within 23 ms; who asks more has to wait, first come first served. Loop
// thread.
#pragma once

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <deque>

#include "samples/patterns/coroutines.h"

namespace patterns {

inline constexpr int kFiles = 997;

class Store {
 public:
  static constexpr int kAtATime = 29;

  // co_await store.answer(): the answer to one question.
  auto answer() {
    struct Answer {
      Store& store;
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<> asker) { store.ask(asker); }
      void await_resume() noexcept {}
    };
    return Answer{*this};
  }

 private:
  void ask(std::coroutine_handle<> asker) {
    askers_.push_back(asker);
    if (served_ < kAtATime) serve();
  }
  Detached serve() {
    ++served_;
    while (!askers_.empty()) {
      const std::coroutine_handle<> asker = askers_.front();
      askers_.pop_front();
      co_await after(23);
      asker.resume();
    }
    --served_;
  }

  std::deque<std::coroutine_handle<>> askers_;
  int served_ = 0;
};

// One file, looked at by the store; counts how many are looked at.
struct Scan {
  Store store;
  int open = 0;
  int peak = 0;

  static constexpr unsigned kLine = __LINE__ + 1;
  Task<> look_at(int) {  // the line to be found
    ++open;
    peak = std::max(peak, open);
    co_await store.answer();
    --open;
    co_return Nothing{};
  }
};

}  // namespace patterns
