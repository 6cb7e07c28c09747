// A part of a service that is opened when it is first needed, by whoever needs it, and then shared. Loop thread.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>
#include <vector>

class Part {
 public:
  struct promise_type {
    std::vector<std::coroutine_handle<>> waiters;
    bool is_started = false;

    Part get_return_object() { return Part(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {
      for (const std::coroutine_handle<> waiter : std::exchange(waiters, {})) ready().push_back(waiter);
    }
    void unhandled_exception() noexcept { std::terminate(); }
  };

  Part() = default;
  explicit Part(std::coroutine_handle<promise_type> own) : own_(own) {}
  Part(Part&& other) noexcept : own_(std::exchange(other.own_, {})) {}
  Part& operator=(Part&& other) noexcept {
    std::swap(own_, other.own_);
    return *this;
  }
  ~Part() {
    if (own_) own_.destroy();
  }

  auto operator co_await() noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> part;
      bool await_ready() noexcept { return part.done(); }
      void await_suspend(std::coroutine_handle<> waiter) {
        part.promise().waiters.push_back(waiter);
        if (std::exchange(part.promise().is_started, true)) return;
        part.resume();
        resume_ready();
      }
      void await_resume() noexcept {}
    };
    return Awaiter{own_};
  }

  // Whoever waited for a part that is open now.
  static void resume_ready() {
    while (!ready().empty()) {
      const std::coroutine_handle<> next = ready().back();
      ready().pop_back();
      next.resume();
    }
  }

 private:
  static std::vector<std::coroutine_handle<>>& ready() {
    static std::vector<std::coroutine_handle<>> all;
    return all;
  }

  std::coroutine_handle<promise_type> own_;
};
