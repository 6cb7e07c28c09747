// Orders are answered as soon as possible, so their entries in the audit log are started and left alone: nobody awaits
// them. One in seven fails and one in thirteen is never acknowledged, and nobody learns of it.
#include <cstdio>
#include <stdexcept>

#include "samples/patterns/coroutines.h"

namespace {

using namespace patterns;

constexpr int kOrders = 101;
constexpr unsigned kLine = __LINE__ + 20;

// Starts at once and belongs to nobody; what it throws is gone.
struct Forgotten {
  struct promise_type {
    Forgotten get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
};

// The acknowledgement that does not come.
struct Never {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};

Forgotten audit(int order) {  // the line to be found
  co_await after(11);
  if (order % 7 == 0) throw std::runtime_error("the disk is full");
  if (order % 13 == 0) co_await Never{};
}

Detached answer(int order) {
  co_await after(2);
  audit(order);
}

Detached receive() {
  for (int order = 1; order <= kOrders; ++order) {
    answer(order);
    co_await after(5);
  }
  co_await after(23);
}

}  // namespace

int main() {
  receive();
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  int failed = 0;
  int never = 0;
  for (int order = 1; order <= kOrders; ++order) {
    failed += order % 7 == 0;
    never += order % 7 != 0 && order % 13 == 0;
  }
  std::printf(
      "{\"planted_line\": %u, \"fire_and_forget\": %d, \"created\": %d, \"failed\": %d, \"never_finished\": "
      "%d}\n",
      kLine, kOrders, kOrders, failed, never);
}
