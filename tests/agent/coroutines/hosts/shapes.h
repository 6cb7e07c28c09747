// Coroutine types of the shapes that libraries have, for hosts that are compiled with and without the hook: none of them
// knows of it.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace shapes {

// Goes on with whoever waits, by symmetric transfer.
struct ToWaiter {
  bool await_ready() noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
    const std::coroutine_handle<> waiter = ended.promise().waiter;
    return waiter ? waiter : std::noop_coroutine();
  }
  void await_resume() noexcept {}
};

// Lazy; its promise may be derived from.
template <class Value>
class Task {
 public:
  struct promise_type {
    std::coroutine_handle<> waiter;
    std::optional<Value> value;
    std::exception_ptr failure;

    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    ToWaiter final_suspend() noexcept { return {}; }
    void return_value(Value result) { value = std::move(result); }
    void unhandled_exception() noexcept { failure = std::current_exception(); }
  };
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle own) : handle(own) {}
  Task(Task&& other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~Task() {
    if (handle) handle.destroy();
  }

  struct Awaiter {
    Handle awaited;
    bool await_ready() noexcept { return awaited.done(); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
      awaited.promise().waiter = waiter;
      return awaited;
    }
    Value await_resume() {
      if (awaited.promise().failure) std::rethrow_exception(awaited.promise().failure);
      return std::move(*awaited.promise().value);
    }
  };
  Awaiter operator co_await() && noexcept { return {handle}; }

  Handle handle;
};

// Lazy; its promise is final, allocates its frames, takes the coroutine's parameters, and names its own awaiters.
class FinalTask {
 public:
  struct promise_type final {
    std::coroutine_handle<> waiter;
    int first_parameter = -1;

    promise_type() = default;
    template <class Second>
    promise_type(int& first, Second&) : first_parameter(first) {}

    static void* operator new(std::size_t size) {
      ++frames();
      return std::malloc(size);
    }
    static void operator delete(void* frame, std::size_t) {
      --frames();
      std::free(frame);
    }
    static int& frames() {
      static int live = 0;
      return live;
    }

    FinalTask get_return_object() {
      return FinalTask(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    ToWaiter final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }

    struct FirstParameter {};
    auto await_transform(FirstParameter) {
      struct Ready {
        int parameter;
        bool await_ready() noexcept { return true; }
        void await_suspend(std::coroutine_handle<>) noexcept {}
        int await_resume() noexcept { return parameter; }
      };
      return Ready{first_parameter};
    }
    template <class Awaitable>
    auto await_transform(Awaitable&& awaitable) noexcept {
      return static_cast<Awaitable&&>(awaitable).operator co_await();
    }
  };
  using Handle = std::coroutine_handle<promise_type>;

  explicit FinalTask(Handle own) : handle(own) {}
  FinalTask(FinalTask&& other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~FinalTask() {
    if (handle) handle.destroy();
  }
  struct Awaiter {
    Handle awaited;
    bool await_ready() noexcept { return awaited.done(); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
      awaited.promise().waiter = waiter;
      return awaited;
    }
    void await_resume() noexcept {}
  };
  Awaiter operator co_await() && noexcept { return {handle}; }

  Handle handle;
};

// Runs at once, owns itself, is awaited by nobody.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// Runs at once; who awaits it finds it running.
class Eager {
 public:
  struct promise_type {
    std::coroutine_handle<> waiter;
    Eager get_return_object() { return Eager(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    ToWaiter final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
  using Handle = std::coroutine_handle<promise_type>;
  explicit Eager(Handle own) : handle(own) {}
  Eager(Eager&& other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~Eager() {
    if (handle) handle.destroy();
  }
  bool await_ready() noexcept { return handle.done(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { handle.promise().waiter = waiter; }
  void await_resume() noexcept {}

  Handle handle;
};

// Values one by one, to a loop. An aggregate promise: parameters of the coroutine are no business of its.
class Numbers {
 public:
  struct promise_type {
    int current = 0;
    Numbers get_return_object() { return Numbers(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(int value) noexcept {
      current = value;
      return {};
    }
    void return_void() noexcept {}
    void unhandled_exception() { throw; }
  };
  using Handle = std::coroutine_handle<promise_type>;
  explicit Numbers(Handle own) : handle(own) {}
  Numbers(Numbers&& other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~Numbers() {
    if (handle) handle.destroy();
  }
  std::optional<int> next() {
    handle.resume();
    if (handle.done()) return {};
    return handle.promise().current;
  }

  Handle handle;
};

// Whoever waits goes on when it is set: one after the other, inside of set().
class Event {
 public:
  struct Awaiter {
    Event& event;
    bool await_ready() noexcept { return event.is_set; }
    void await_suspend(std::coroutine_handle<> waiter) { event.waiters.push_back(waiter); }
    void await_resume() noexcept {}
  };
  Awaiter operator co_await() noexcept { return {*this}; }
  void set() {
    is_set = true;
    for (const std::coroutine_handle<> waiter : std::exchange(waiters, {})) waiter.resume();
  }

  bool is_set = false;
  std::vector<std::coroutine_handle<>> waiters;
};

// Starts all of its children, and goes on with the last one that ends.
class WhenAll {
 public:
  explicit WhenAll(std::vector<Task<int>>& children) : children_(children), left_(children.size() + 1) {}
  bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    for (Task<int>& child : children_) run(child);
    return left_.fetch_sub(1) != 1;
  }
  void await_resume() noexcept {}

 private:
  Detached run(Task<int>& child) {
    co_await std::move(child);
    if (left_.fetch_sub(1) == 1) waiter_.resume();
  }

  std::vector<Task<int>>& children_;
  std::atomic<std::size_t> left_;
  std::coroutine_handle<> waiter_;
};

// Does not suspend after all; and throws instead of suspending.
struct RefusesToSuspend {
  bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) noexcept { return false; }
  int await_resume() noexcept { return 7; }
};
struct ThrowsInsteadOfSuspending {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) { throw 11; }
  void await_resume() noexcept {}
};

}  // namespace shapes
