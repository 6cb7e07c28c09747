#include <coroutine>
#include <string>
#include <type_traits>
#include <utility>

#include <loopscope/coroutine.hpp>

#include "tests/bench/paired.h"
#include "tests/bench/recorder.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

constexpr int kRounds = 31;
constexpr int kTimes = 20'000;

// A lazy task with symmetric transfer, with and without a promise that is recorded.
template <bool kHooked>
class Task {
 public:
  struct Promise {
    std::coroutine_handle<> waiter = std::noop_coroutine();
    int value = 0;
    Task get_return_object() { return Task(std::coroutine_handle<Promise>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct ToWaiter {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
          return ended.promise().waiter;
        }
        void await_resume() noexcept {}
      };
      return ToWaiter{};
    }
    void return_value(int result) noexcept { value = result; }
    void unhandled_exception() noexcept {}
  };
  using promise_type = typename std::conditional_t<kHooked, coroutines::Choice<Promise, coroutines::Nothing>,
                                                   std::type_identity<Promise>>::type;

  explicit Task(std::coroutine_handle<Promise> own) : handle(own) {}
  Task(Task&& other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~Task() {
    if (handle) handle.destroy();
  }
  auto operator co_await() && noexcept {
    struct Awaiter {
      std::coroutine_handle<Promise> awaited;
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
        awaited.promise().waiter = waiter;
        return awaited;
      }
      int await_resume() noexcept { return awaited.promise().value; }
    };
    return Awaiter{handle};
  }

  std::coroutine_handle<Promise> handle;
};

template <bool kHooked>
[[gnu::noinline]] Task<kHooked> child(int number) {
  co_return number;
}
template <bool kHooked>
Task<kHooked> parent(int times) {
  int sum = 0;
  for (int i = 0; i < times; ++i) sum += co_await child<kHooked>(i);
  co_return sum;
}
template <bool kHooked>
Task<kHooked> waits(int times) {
  for (int i = 0; i < times; ++i) co_await std::suspend_always{};
  co_return times;
}

template <bool kHooked>
double ns_a_child() {
  Task<kHooked> task = parent<kHooked>(kTimes);
  const double start = cpu_ns();
  task.handle.resume();
  const double ns = (cpu_ns() - start) / kTimes;
  keep(task.handle.promise().value);
  return ns;
}
template <bool kHooked>
double ns_a_resumption() {
  Task<kHooked> task = waits<kHooked>(kTimes);
  const double start = cpu_ns();
  while (!task.handle.done()) task.handle.resume();
  return (cpu_ns() - start) / kTimes;
}

void add(Run& run, const std::string& name, const Added& added, const std::string& losses) {
  run.table.add(
      {.name = name,
       .value = added.ns.median,
       .best = added.ns.minimum,
       .target = kNone,
       .unit = "ns",
       .note = fmt::format("{:.1f} ns without{}{}", added.without_ns, losses.empty() ? "" : ", ", losses)});
}

template <class Before>
void add_rows(Run& run, const std::string& when, Before before, const Recording* recording) {
  const Added child = paired(run.control, kRounds, before, ns_a_child<false>, ns_a_child<true>);
  add(run, "coroutine: create, await and destroy a child, " + when + ": added", child,
      recording == nullptr ? "" : recording->losses());
  const Added resumed = paired(run.control, kRounds, before, ns_a_resumption<false>, ns_a_resumption<true>);
  add(run, "coroutine: suspend and resume, " + when + ": added", resumed,
      recording == nullptr ? "" : recording->losses());
}

}  // namespace

void add_coroutine_rows(Run& run) {
  add_rows(
      run, "hooked, nothing recorded", [] {}, nullptr);
  const Recording recording(run.folder + "/coroutines.pb");
  add_rows(
      run, "recorded", [&] { recording.drain(); }, &recording);
}

}  // namespace loopscope::bench
