// Loops, ticks, closing, walking, and who is taken for the caller.
#include "tests/agent/libuv/recording.h"

#include <loopscope/uv.h>

#include <memory>
#include <thread>

#include "agent/adapters/libuv/loops.h"

namespace {

#ifndef __SANITIZE_THREAD__  // its runtime has an epoll_wait of its own in front of ours
TEST(LoopTicks, BelongToTheLoopThatRuns) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  uv_timer_start(
      &timer, [](uv_timer_t* handle) { close(handle); }, 101, 0);
  loop.run();
  const auto created = recording.first(fake::What::loop_created, "libuv");
  const auto begin = recording.first(fake::What::poll_begin, "loop");
  EXPECT_EQ(begin.id, created.id);
  EXPECT_GT(begin.code, 0);
  EXPECT_LE(begin.code, 101'000'000);
  EXPECT_EQ(recording.count(fake::What::poll_begin, "loop"), recording.count(fake::What::poll_end, "loop"));
}

void keep_turning(uv_loop_t* loop, uv_idle_t& idle) {
  uv_idle_init(loop, &idle);
  uv_idle_start(&idle, [](uv_idle_t*) {});
}

void close_both(uv_check_t* check) {
  close(static_cast<uv_idle_t*>(check->data));
  close(check);
}

TEST(LoopTicks, OfANestedLoopBelongToTheInnerOne) {
  Recording recording;
  UvLoop outer;
  static UvLoop* inner;
  UvLoop nested;
  inner = &nested;
  // An idle handle keeps a poll from waiting, a check runs right after it: no clock decides what is first.
  uv_idle_t idle;
  uv_check_t check;
  keep_turning(outer, idle);
  uv_check_init(outer, &check);
  check.data = &idle;
  uv_check_start(&check, [](uv_check_t* handle) {
    static uv_idle_t inner_idle;
    static uv_check_t inner_check;
    static int turn = 0;
    if (++turn == 2) return close_both(handle);
    keep_turning(*inner, inner_idle);
    uv_check_init(*inner, &inner_check);
    inner_check.data = &inner_idle;
    uv_check_start(&inner_check, close_both);
    inner->run();
  });
  outer.run();
  inner = nullptr;
  std::set<uint64_t> loops;
  uint64_t last = 0;
  for (const auto& event : fake::events()) {
    if (event.what == fake::What::poll_begin) loops.insert(last = event.id);
  }
  EXPECT_EQ(loops.size(), 2u);
  EXPECT_EQ(last, recording.first(fake::What::poll_begin, "loop").id) << "back in the outer one";
  EXPECT_TRUE(recording.pending().empty());
}
#endif

TEST(Loop, IsLeftWhenItsRunReturns) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  uv_timer_start(
      &timer, [](uv_timer_t* handle) { uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr); }, 1, 0);
  loop.run();
  const auto entered = recording.first(fake::What::loop_entered, "loop");
  const auto left = recording.first(fake::What::loop_left, "loop");
  EXPECT_EQ(entered.id, recording.first(fake::What::poll_begin, "loop").id);
  EXPECT_EQ(left.id, entered.id);
  EXPECT_EQ(left.code, 0) << "from no other loop";
  EXPECT_EQ(recording.count(fake::What::loop_entered, "loop"),
            recording.count(fake::What::loop_left, "loop"));
}

TEST(Loop, IsNamedOnceAndClosed) {
  Recording recording;
  uv_loop_t* loop = uv_default_loop();
  EXPECT_EQ(uv_default_loop(), loop);
  EXPECT_EQ(recording.count(fake::What::loop_created, "libuv"), 1);
  EXPECT_EQ(recording.first(fake::What::loop_created, "libuv").name, "default");
  EXPECT_EQ(uv_loop_close(loop), 0);
  EXPECT_EQ(recording.count(fake::What::loop_closed, "loop"), 1);
}

TEST(Loop, MadeOrRunIsReportedAsActivityEvenWhileNothingIsRecorded) {
  fake::start();
  fake::stop();
  UvLoop loop;
  EXPECT_EQ(fake::loop_activities(), 1);
  loop.run();
  EXPECT_EQ(fake::loop_activities(), 2);
  EXPECT_EQ(fake::events().size(), 1u) << "the loop's name only";
}

TEST(Attach, SucceedsWhereTheHooksAreInFront) {
  Recording recording;
  UvLoop loop;
  EXPECT_EQ(loopscope_uv_attach(loop), LOOPSCOPE_OK);
  loopscope_uv_detach(loop);
  EXPECT_EQ(loopscope_uv_attach(nullptr), LOOPSCOPE_EINVAL);
}

TEST(Close, MayFreeTheHandleInItsCallback) {
  Recording recording;
  UvLoop loop;
  for (int i = 0; i < 17; ++i) {
    auto* timer = new uv_timer_t;
    uv_timer_init(loop, timer);
    uv_close(reinterpret_cast<uv_handle_t*>(timer),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
  }
  loop.run();
  EXPECT_EQ(recording.finished("uv_close"), 17);
  EXPECT_TRUE(recording.first(fake::What::created, "uv_close").flags & LOOPSCOPE_SITE_TEARDOWN);
  recording.expect_consistent();
}

// Compiled to a jump: the return address that the hook sees is then not this function's.
#ifdef __clang__
#define TAIL_CALLS gnu::noinline
#else
#define TAIL_CALLS gnu::noinline, gnu::optimize("O2")
#endif
[[TAIL_CALLS]] void close_by_tail_call(uv_handle_t* handle, void*) { return uv_close(handle, nullptr); }
[[TAIL_CALLS]] void restart_by_tail_call(uv_timer_t* handle) {
  return static_cast<void>(uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr));
}

TEST(Caller, IsTheUserEvenWhenACallbackEndsInATailCall) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timers[5];
  for (auto& timer : timers) uv_timer_init(loop, &timer);
  uv_timer_start(&timers[0], restart_by_tail_call, 1, 0);
  loop.run();
  EXPECT_EQ(recording.created("uv_close"), 1);
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* argument) {
        if (!uv_is_closing(handle)) close_by_tail_call(handle, argument);
      },
      nullptr);
  EXPECT_EQ(recording.created("uv_close"), 5);
  loop.run();
  EXPECT_TRUE(recording.pending().empty());
}

TEST(Walk, PassesItsArgument) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timers[3];
  for (auto& timer : timers) uv_timer_init(loop, &timer);
  int seen = 0;
  uv_walk(
      loop, [](uv_handle_t*, void* argument) { ++*static_cast<int*>(argument); }, &seen);
  EXPECT_EQ(seen, 3);
  uv_walk(loop, close_by_tail_call, nullptr);
  EXPECT_EQ(recording.created("uv_close"), 3);
}

TEST(Walk, ThatClosesWhateverItFindsAbandonsOneShotTimers) {
  Recording recording;
  UvLoop loop;
  uv_timer_t once[3];
  uv_timer_t repeating;
  for (auto& timer : once) {
    uv_timer_init(loop, &timer);
    uv_timer_start(
        &timer, [](uv_timer_t*) {}, 3600000, 0);
  }
  uv_timer_init(loop, &repeating);
  uv_timer_start(
      &repeating, [](uv_timer_t*) {}, 3600000, 1);
  uv_walk(loop, close_by_tail_call, nullptr);
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_ABANDONED), 3);
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_OK), 1);
  recording.expect_consistent();
}

TEST(LoopTable, GivesEveryLoopItsNumberUntilItIsFull) {
  Recording recording;
  const uint32_t refused_before = loopscope::uv::loops_without_number();
  std::vector<std::unique_ptr<uv_loop_t>> loops(loopscope::uv::kMaxLoops + 5);
  std::set<loopscope_loop> numbers;
  for (auto& loop : loops) {
    loop = std::make_unique<uv_loop_t>();
    if (const auto number = loopscope::uv::loop_number(loop.get(), nullptr)) numbers.insert(number);
  }
  EXPECT_LE(numbers.size(), loopscope::uv::kMaxLoops);
  EXPECT_EQ(numbers.size() + (loopscope::uv::loops_without_number() - refused_before), loops.size());
  for (auto& loop : loops) loopscope::uv::forget_loop(loop.get());
  EXPECT_NE(loopscope::uv::loop_number(loops[0].get(), nullptr), 0u) << "room again";
  loopscope::uv::forget_loop(loops[0].get());
}

}  // namespace
