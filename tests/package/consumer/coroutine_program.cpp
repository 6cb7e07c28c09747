// The same with coroutines that know nothing of loopscope, recorded by linking loopscope::coroutines: 16 end, 7 wait.
#include <coroutine>
#include <cstdlib>

struct Started {
  struct promise_type {
    Started get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::abort(); }
  };
};

static Started wait_or_end(bool waits) {
  if (waits) co_await std::suspend_always{};
}

int main(int argc, char** argv) {
  // loopscope.h comes with the hook.
  if (argc > 1) setenv("LOOPSCOPE_TRACE", argv[1], 1);
  if (loopscope_start(nullptr) != LOOPSCOPE_OK) return 1;
  for (int i = 0; i < 23; ++i) wait_or_end(i < 7);
}
