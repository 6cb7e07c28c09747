// A transfer stores 7 parts at once, in 11 steps each; one part is refused at its third step. 23 transfers, and a clock of
// the program's own that knows how long parts go on behind the back of who started them. Loop thread.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "samples/patterns/coroutines.h"

namespace patterns {

inline constexpr int kTransfers = 23;
inline constexpr int kParts = 7;
inline constexpr int kSteps = 11;
inline constexpr int kRefused = 3;  // this part, each time

// Of one transfer.
struct Transfer {
  bool stop = false;           // asked for
  std::uint64_t given_up = 0;  // when its owner went on; 0: not yet
};

// Of all.
struct Truth {
  int given_up = 0;
  int ran_on = 0;
  std::uint64_t ran_on_ns = 0;
  int started_afterwards = 0;
};

inline Task<> write_step() {
  co_await after(7);
  co_return Nothing{};
}

inline Task<> store(std::shared_ptr<Transfer> transfer, Truth& truth, int part) {
  for (int step = 0; step < kSteps && !transfer->stop; ++step) {
    if (transfer->given_up != 0) ++truth.started_afterwards;
    co_await write_step();
    if (part == kRefused && step == 2) throw std::runtime_error("the part was refused");
  }
  if (transfer->given_up != 0) {
    ++truth.ran_on;
    truth.ran_on_ns += uv_hrtime() - transfer->given_up;
  }
  co_return Nothing{};
}

// co_await Group(tasks, until): starts all of them. Goes on when all are over, or at the first failure, and throws it.
class Group {
 public:
  enum class Until { first_failure, all_are_over };

  Group(std::vector<Task<>> tasks, Until until) : state_(std::make_shared<State>()) {
    state_->tasks = std::move(tasks);
    state_->until = until;
  }

  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    state_->waiter = waiter;
    state_->left = state_->tasks.size();
    for (std::size_t at = 0; at < state_->tasks.size(); ++at) run(state_, at);
  }
  void await_resume() {
    if (state_->failure) std::rethrow_exception(state_->failure);
  }

 private:
  struct State {
    std::vector<Task<>> tasks;
    Until until = Until::all_are_over;
    std::coroutine_handle<> waiter;
    std::exception_ptr failure;
    std::size_t left = 0;
  };
  // Keeps the state, so that the rest can outlive who waits.
  static Detached run(std::shared_ptr<State> state, std::size_t at) {
    try {
      co_await state->tasks[at];
    } catch (...) {
      if (!state->failure) state->failure = std::current_exception();
    }
    --state->left;
    const bool gives_up = state->failure && state->until == Until::first_failure;
    if (state->waiter && (state->left == 0 || gives_up)) std::exchange(state->waiter, {}).resume();
  }

  std::shared_ptr<State> state_;
};

}  // namespace patterns
