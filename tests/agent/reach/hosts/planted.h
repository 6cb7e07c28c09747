// Coroutines that wait, each held in a way of its own or not at all, for the test to say which can be resumed. A coroutine's
// name says how it is held. Compiled by several compilers, with the hook and by hand.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>

#ifdef PLANTED_BY_HAND
#include <loopscope/coroutine.hpp>
#endif

namespace planted {

// A coroutine that nobody owns: its handle is the only way to it.
struct Task {
  struct Promise {
    Task get_return_object() { return {std::coroutine_handle<Promise>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
#ifdef PLANTED_BY_HAND
  using promise_type = loopscope::RecordedPromise<Promise>;
#else
  using promise_type = Promise;
#endif
  std::coroutine_handle<Promise> handle;
};

// The same, but it begins when it is resumed.
struct LazyTask {
  struct Promise {
    LazyTask get_return_object() { return {std::coroutine_handle<Promise>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
#ifdef PLANTED_BY_HAND
  using promise_type = loopscope::RecordedPromise<Promise>;
#else
  using promise_type = Promise;
#endif
  std::coroutine_handle<Promise> handle;
};

// Waits, and leaves who waits at a place, changed so that it is no reference. That is then the only trace of it, until
// somebody takes it up.
inline constexpr std::uintptr_t kDisguise = 0x5a5a'0000'5a5a'0000;

struct Wait {
  std::uintptr_t& disguised;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const noexcept {
    disguised = reinterpret_cast<std::uintptr_t>(handle.address()) ^ kDisguise;
  }
  void await_resume() const noexcept {}
};

inline void* undisguised(std::uintptr_t disguised) { return reinterpret_cast<void*>(disguised ^ kDisguise); }

}  // namespace planted
