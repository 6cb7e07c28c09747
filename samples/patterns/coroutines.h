// What a program of coroutines over libuv has of its own: a lazy task that may fail, one that runs on its own, and a
// timer to wait for. Loop thread.
#pragma once

#include <uv.h>

#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace patterns {

struct Nothing {};

// Starts when it is awaited; what it throws reaches who awaits it.
template <class Value = Nothing>
class [[nodiscard]] Task {
 public:
  struct promise_type {
    std::coroutine_handle<> waiter;
    std::optional<Value> value;
    std::exception_ptr failure;

    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct ToWaiter {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
          return ended.promise().waiter ? ended.promise().waiter : std::noop_coroutine();
        }
        void await_resume() noexcept {}
      };
      return ToWaiter{};
    }
    void return_value(Value result) { value = std::move(result); }
    void unhandled_exception() noexcept { failure = std::current_exception(); }
  };

  explicit Task(std::coroutine_handle<promise_type> own) : own_(own) {}
  Task(Task&& other) noexcept : own_(std::exchange(other.own_, {})), started_(other.started_) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(own_, other.own_);
    std::swap(started_, other.started_);
    return *this;
  }
  ~Task() {
    if (own_) own_.destroy();
  }

  // Runs it on its own from now on; it can still be awaited.
  void start() {
    started_ = true;
    own_.resume();
  }
  bool done() const { return own_.done(); }

  auto operator co_await() & noexcept { return Awaiter{own_, started_}; }
  auto operator co_await() && noexcept { return Awaiter{own_, started_}; }

 private:
  struct Awaiter {
    std::coroutine_handle<promise_type> awaited;
    bool started;
    bool await_ready() noexcept { return awaited.done(); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
      awaited.promise().waiter = waiter;
      return started ? std::noop_coroutine() : std::coroutine_handle<>(awaited);
    }
    Value await_resume() {
      if (awaited.promise().failure) std::rethrow_exception(awaited.promise().failure);
      return std::move(*awaited.promise().value);
    }
  };

  std::coroutine_handle<promise_type> own_;
  bool started_ = false;
};

// Nobody can wait for it, and what it throws ends the program.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// co_await after(101): that many milliseconds of the default loop.
class After {
 public:
  explicit After(std::uint64_t ms) : ms_(ms) {}
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    auto* timer = new uv_timer_t;
    uv_timer_init(uv_default_loop(), timer);
    timer->data = this;
    uv_timer_start(timer, fired, ms_, 0);
  }
  void await_resume() noexcept {}

 private:
  static void fired(uv_timer_t* timer) {
    const std::coroutine_handle<> waiter = static_cast<After*>(timer->data)->waiter_;
    uv_close(reinterpret_cast<uv_handle_t*>(timer),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
    waiter.resume();
  }

  std::uint64_t ms_;
  std::coroutine_handle<> waiter_;
};
inline After after(std::uint64_t ms) { return After(ms); }

}  // namespace patterns
