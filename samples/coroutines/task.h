// The coroutine types of the samples, such as any program has its own: a lazy task, and one that is started and belongs to
// nobody. Loop thread.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

template <class Value>
class [[nodiscard]] Task {
 public:
  struct promise_type {
    std::coroutine_handle<> waiter;
    std::optional<Value> value;

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
    void unhandled_exception() noexcept { std::terminate(); }
  };

  explicit Task(std::coroutine_handle<promise_type> own) : own_(own) {}
  Task(Task&& other) noexcept : own_(std::exchange(other.own_, {})) {}
  ~Task() {
    if (own_) own_.destroy();
  }

  // Starts it.
  auto operator co_await() && noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> awaited;
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
        awaited.promise().waiter = waiter;
        return awaited;
      }
      Value await_resume() { return std::move(*awaited.promise().value); }
    };
    return Awaiter{own_};
  }

 private:
  std::coroutine_handle<promise_type> own_;
};

struct Started {
  struct promise_type {
    Started get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// Starts all of them, and is over with the last. They must live as long.
template <class Value>
class All {
 public:
  explicit All(std::vector<Task<Value>>& tasks) : tasks_(tasks) {}

  bool await_ready() noexcept { return tasks_.empty(); }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    left_ = tasks_.size();
    const std::size_t count = tasks_.size();
    for (std::size_t i = 0; i < count; ++i) start(i);
  }
  std::vector<Value> await_resume() { return std::move(values_); }

 private:
  Started start(std::size_t at) {
    values_.resize(tasks_.size());
    values_[at] = co_await std::move(tasks_[at]);
    if (--left_ == 0) waiter_.resume();
  }

  std::vector<Task<Value>>& tasks_;
  std::vector<Value> values_;
  std::size_t left_ = 0;
  std::coroutine_handle<> waiter_;
};
