// The door for those who choose: a promise replaced by hand, an await with a name. Records itself.
#include <gtest/gtest.h>

#include <coroutine>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include <loopscope/coroutine.hpp>

#include "tests/agent/recorded.h"

namespace {

using loopscope::model::Edge;
using loopscope::model::TaskIndex;
using loopscope::model::Trace;

struct Chosen {
  struct Promise {
    Chosen get_return_object() { return {std::coroutine_handle<Promise>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
  using promise_type = loopscope::RecordedPromise<Promise>;
  std::coroutine_handle<Promise> handle;
};
struct Other {
  struct promise_type {
    Other get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
};

Chosen chosen() {
  co_await loopscope::waiting_for("the next request", std::suspend_always{});
  co_await std::suspend_always{};
}
Other other() { co_return; }

class Recording {
 public:
  explicit Recording(const std::string& path) {
    loopscope_options options{};
    options.size = sizeof options;
    options.trace_path = path.c_str();
    EXPECT_EQ(loopscope_start(&options), LOOPSCOPE_OK) << loopscope_last_error();
  }
  ~Recording() { EXPECT_EQ(loopscope_stop(), LOOPSCOPE_OK) << loopscope_last_error(); }
};

TEST(RecordedPromise, RecordsTheCoroutinesThatHaveItAndNoOthers) {
  const Folder folder;
  {
    const Recording recording(folder.path("trace.pb"));
    chosen().handle.destroy();
    other();
  }
  const Trace trace = read_recorded(folder.path("trace.pb"));
  ASSERT_EQ(trace.tasks.size(), 1u);
  EXPECT_EQ(trace.tasks.outcome(0), loopscope::model::Outcome::abandoned);
}

TEST(WaitingFor, GivesTheAwaitItsName) {
  const Folder folder;
  {
    const Recording recording(folder.path("trace.pb"));
    const Chosen task = chosen();
    task.handle.resume();
    task.handle.destroy();
  }
  const Trace trace = read_recorded(folder.path("trace.pb"));
  ASSERT_EQ(trace.edges.size(), 2u);
  EXPECT_EQ(trace.sites[trace.edges[0].site].name, "the next request");
  EXPECT_EQ(trace.sites[trace.edges[1].site].name, "std::suspend_always");
}

// A frame that outlives a recording says nothing to the next one, in which its number is another task's.
TEST(RecordedPromise, BelongsToOneRecording) {
  const Folder folder;
  Chosen task;
  {
    const Recording recording(folder.path("first.pb"));
    task = chosen();
  }
  {
    const Recording recording(folder.path("second.pb"));
    task.handle.resume();
    const Chosen next = chosen();
    task.handle.destroy();
    next.handle.destroy();
  }
  const Trace trace = read_recorded(folder.path("second.pb"));
  ASSERT_EQ(trace.tasks.size(), 1u);
  EXPECT_EQ(trace.tasks.spans(0), 1u);
  EXPECT_EQ(trace.integrity.unmatched_events, 0u);
}

// Runs when it is called, keeps what it throws for who awaits it, and is awaited without waiting once it is over.
struct Running {
  struct Promise {
    std::exception_ptr failure;
    Running get_return_object() { return {std::coroutine_handle<Promise>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { failure = std::current_exception(); }
  };
  using promise_type = loopscope::RecordedPromise<Promise>;
  std::coroutine_handle<Promise> handle;

  bool await_ready() const noexcept { return handle.done(); }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() const {
    if (handle.promise().failure) std::rethrow_exception(handle.promise().failure);
  }
};
Running fails() {
  throw std::runtime_error("on purpose");
  co_return;
}
Running succeeds() { co_return; }
Running asks(Running& first, Running& second) {
  for (Running* const one : {&first, &second, &first}) {
    try {
      co_await *one;
    } catch (const std::runtime_error&) {
    }
  }
}

// Who is over when it is awaited makes nobody wait; that somebody asked is told all the same, once.
TEST(RecordedPromise, TellsThatWhatWasOverWasAwaited) {
  const Folder folder;
  {
    const Recording recording(folder.path("trace.pb"));
    for (const Running& one : {fails(), succeeds()}) one.handle.destroy();
    Running failed = fails();
    Running succeeded = succeeds();
    asks(failed, succeeded).handle.destroy();
    failed.handle.destroy();
    succeeded.handle.destroy();
  }
  const Trace trace = read_recorded(folder.path("trace.pb"));
  ASSERT_EQ(trace.tasks.size(), 5u);
  EXPECT_EQ(trace.integrity.unmatched_events, 0u);
  ASSERT_EQ(trace.edges.size(), 2u);
  for (const TaskIndex awaited : {2u, 3u}) {
    const Edge& edge = trace.edges[awaited - 2];
    EXPECT_EQ(edge.kind, Edge::Kind::await);
    EXPECT_EQ(edge.from, 4u);
    EXPECT_EQ(edge.to, awaited);
    EXPECT_GE(edge.begin, trace.tasks.finished(awaited));
    EXPECT_GE(edge.end, edge.begin);
    EXPECT_EQ(trace.sites[edge.site].stack.front().function, "asks");
  }
}

// Hands its exception to whoever resumes it.
struct Steps {
  struct Promise {
    Steps get_return_object() { return {std::coroutine_handle<Promise>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { throw; }
  };
  using promise_type = loopscope::RecordedPromise<Promise>;
  std::coroutine_handle<Promise> handle;
};
Steps breaks() {
  throw std::runtime_error("on purpose");
  co_return;
}
Running steps(const Steps& other) {
  EXPECT_THROW(other.handle.resume(), std::runtime_error);
  co_return;
}

TEST(RecordedPromise, TellsWhomAnExceptionWasHandedTo) {
  const Folder folder;
  {
    const Recording recording(folder.path("trace.pb"));
    const Steps broken = breaks();
    steps(broken).handle.destroy();
    broken.handle.destroy();
  }
  const Trace trace = read_recorded(folder.path("trace.pb"));
  ASSERT_EQ(trace.tasks.size(), 2u);
  EXPECT_EQ(trace.tasks.outcome(0), loopscope::model::Outcome::error);
  ASSERT_EQ(trace.edges.size(), 1u);
  EXPECT_EQ(trace.edges[0].from, 1u);
  EXPECT_EQ(trace.edges[0].to, 0u);
  EXPECT_GE(trace.edges[0].begin, trace.tasks.finished(0));
  EXPECT_NE(trace.edges[0].end, loopscope::kNever);
  EXPECT_EQ(trace.integrity.unmatched_events, 0u);
}

TEST(RecordedPromise, StandsWhereTheProgramsOwnStood) {
  using Own = Chosen::Promise;
  using Recorded = Chosen::promise_type;
  Chosen task = chosen();
  Own& own = task.handle.promise();
  EXPECT_EQ(std::coroutine_handle<Recorded>::from_promise(static_cast<Recorded&>(own)).address(),
            task.handle.address());
  task.handle.destroy();
}

}  // namespace
