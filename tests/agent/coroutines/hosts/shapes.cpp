// shapes SCENARIO [TRACE]: runs it, recording into that trace if there is one, and prints what came of it: the same with
// and without the hook. Compiled in many ways; the tests find its lines by the words behind them.
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/agent/coroutines/hosts/shapes.h"

struct OptedOut;
struct OptedOutPromise;
#ifdef LOOPSCOPE_COROUTINES
#include <loopscope/loopscope.h>
template <>
inline constexpr bool loopscope::kRecordsCoroutine<OptedOutPromise> = false;
#endif

using namespace shapes;

namespace {

template <class Value>
Value run_now(Task<Value>& task) {
  task.handle.resume();
  return std::move(*task.handle.promise().value);
}

// Lines and chains.

Task<int> leaf(Event& event) {  // leaf
  co_await event;               // leaf waits
  co_return 7;
}
Task<int> middle(Event& event) {
  const int seven = co_await leaf(event);  // middle waits
  co_return seven + 11;
}
Task<int> root(Event& event) {
  const int eighteen = co_await middle(event);  // root waits
  co_return eighteen + 23;
}

void chain() {
  Event set, never;
  Task<int> ends = root(set);
  ends.handle.resume();
  set.set();
  std::printf("%d\n", *ends.handle.promise().value);
  auto* pending = new Task<int>(root(never));
  pending->handle.resume();
}

FinalTask final_leaf(int number, Event& event) {
  std::printf("parameter %d\n", co_await FinalTask::promise_type::FirstParameter{});
  (void)number;
  co_await event;  // final_leaf waits
}
FinalTask final_root(Event& event) {
  co_await final_leaf(13, event);  // final_root waits
}

void final_promise() {
  {
    Event set;
    FinalTask ends = final_root(set);
    ends.handle.resume();
    set.set();
    std::printf("done %d\n", ends.handle.done());
  }
  std::printf("frames %d\n", FinalTask::promise_type::frames());
  static Event never;
  auto* pending = new FinalTask(final_root(never));
  pending->handle.resume();
}

// Many in a row.

Task<int> one(int number) { co_return number; }
Task<int> sequence(int times) {
  int sum = 0;
  for (int i = 0; i < times; ++i) sum += co_await one(i);  // sequence waits
  co_return sum;
}

void transfer() {
  Task<int> task = sequence(1009);
  std::printf("%d\n", run_now(task));
}

// A generator.

Numbers count_to(int most) {
  for (int i = 1; i <= most; ++i) co_yield i;  // count_to yields
}
Numbers breaks_at(int number) {
  co_yield number;
  throw std::runtime_error("no more");
}

void generator() {
  Numbers all = count_to(7);
  int sum = 0;
  while (const std::optional<int> number = all.next()) sum += *number;
  std::printf("%d\n", sum);
  static Numbers some = count_to(11);
  std::printf("%d\n", *some.next());
  std::printf("%d\n", *some.next());
  try {
    Numbers breaks = breaks_at(3);
    std::printf("%d\n", *breaks.next());
    breaks.next();
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
  }
}

// A group of children.

Task<int> child(Event& event, int number) {
  co_await event;  // child waits
  co_return number;
}
Task<int> group(std::vector<Event>& events) {
  std::vector<Task<int>> children;
  for (std::size_t i = 0; i < events.size(); ++i) children.push_back(child(events[i], static_cast<int>(i)));
  co_await WhenAll(children);  // group waits
  co_return static_cast<int>(children.size());
}

void when_all() {
  std::vector<Event> events(5);
  Task<int> task = group(events);
  task.handle.resume();
  for (Event& event : events) event.set();
  std::printf("%d\n", *task.handle.promise().value);
  static std::vector<Event> never(3);
  static Task<int> pending = group(never);
  pending.handle.resume();
  never[1].set();
}

// A task that runs before it is awaited.

Eager early(Event& event) {
  co_await event;  // early waits
}
Task<int> late(Event& event) {
  Eager running = early(event);
  co_await running;  // late waits
  co_return 1;
}

void eager() {
  static Event never;
  static Task<int> pending = late(never);
  pending.handle.resume();
  std::printf("suspended\n");
}

// Ways to end.

Task<int> throws() {
  throw std::runtime_error("on purpose");
  co_return 0;
}
Task<int> catches() {
  try {
    co_await throws();
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
  }
  co_return 3;
}
Task<int> is_destroyed(Event& event) {
  co_await event;
  co_return 0;
}
Task<int> never_runs() { co_return 0; }
Detached owns_itself() { co_return; }

void endings() {
  Task<int> caught = catches();
  std::printf("%d\n", run_now(caught));
  {
    Event never;
    Task<int> destroyed = is_destroyed(never);
    destroyed.handle.resume();
  }
  never_runs();
  static Task<int> kept = never_runs();
  owns_itself();
}

// Awaiters with a will of their own.

Task<int> refused() {
  int sum = co_await RefusesToSuspend{};
  try {
    co_await ThrowsInsteadOfSuspending{};
  } catch (int thrown) {
    sum += thrown;
  }
  co_return sum;
}

void awaiters() {
  Task<int> task = refused();
  std::printf("%d\n", run_now(task));
}

// From thread to thread.

class Worker {
 public:
  Worker() : thread_([this] { run(); }) {}
  ~Worker() {
    resume({});
    thread_.join();
  }
  // On its thread. Nobody: its thread ends.
  void resume(std::coroutine_handle<> coroutine) {
    const std::lock_guard held(lock_);
    next_.push_back(coroutine);
    changed_.notify_one();
  }

 private:
  void run() {
    for (std::unique_lock held(lock_);;) {
      changed_.wait(held, [this] { return !next_.empty(); });
      const std::coroutine_handle<> coroutine = next_.front();
      next_.erase(next_.begin());
      if (!coroutine) return;
      held.unlock();
      coroutine.resume();
      held.lock();
    }
  }

  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<std::coroutine_handle<>> next_;
  std::thread thread_;
};

struct OnWorker {
  Worker& worker;
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) { worker.resume(waiter); }
  void await_resume() noexcept {}
};
Task<int> travels(std::vector<Worker>& workers, int hops, std::latch& arrived) {
  for (int i = 0; i < hops; ++i) {
    co_await OnWorker{workers[static_cast<std::size_t>(i) % workers.size()]};  // travels waits
  }
  arrived.count_down();
  co_return hops;
}

void threads() {
  Task<int> task = [] {
    static std::vector<Worker> workers(3);
    static std::latch arrived(1);
    Task<int> travelling = travels(workers, 13, arrived);
    travelling.handle.resume();
    arrived.wait();
    workers.clear();
    return travelling;
  }();
  std::printf("%d\n", *task.handle.promise().value);
}

}  // namespace

// Not to be recorded.

struct OptedOutPromise {
  OptedOut get_return_object() noexcept;
  std::suspend_never initial_suspend() noexcept { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
  void return_void() noexcept {}
  void unhandled_exception() noexcept {}
};
struct OptedOut {
  using promise_type = OptedOutPromise;
};
OptedOut OptedOutPromise::get_return_object() noexcept { return {}; }
struct OptsOutItself {
  struct promise_type {
    using loopscope_unrecorded = void;
    OptsOutItself get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
};

namespace {

OptedOut unseen() { co_return; }
OptsOutItself unseen_too() { co_return; }
Detached seen() { co_return; }

void opt_out() {
  unseen();
  unseen_too();
  seen();
  std::printf("seen\n");
}

constexpr struct {
  const char* name;
  void (*run)();
} kScenarios[] = {
    {"chain", chain},       {"final", final_promise}, {"transfer", transfer}, {"generator", generator},
    {"when_all", when_all}, {"eager", eager},         {"endings", endings},   {"awaiters", awaiters},
    {"threads", threads},   {"opt_out", opt_out},
};

}  // namespace

int main(int argc, char** argv) {
#ifdef LOOPSCOPE_COROUTINES
  if (argc > 2) {
    loopscope_options options{};
    options.size = sizeof options;
    options.trace_path = argv[2];
    if (loopscope_start(&options) != LOOPSCOPE_OK) return 3;
  }
#endif
  for (const auto& scenario : kScenarios) {
    if (argc < 2 || std::strcmp(scenario.name, argv[1]) != 0) continue;
    scenario.run();
    // What is static is destroyed behind this: the trace shows it pending.
#ifdef LOOPSCOPE_COROUTINES
    if (argc > 2 && loopscope_stop() != LOOPSCOPE_OK) return 4;
#endif
    return 0;
  }
  return 2;
}
