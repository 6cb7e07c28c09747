// Timers: once, repeating, stopped, restarted, leaked.
#include "tests/agent/libuv/recording.h"

#include <cstring>

namespace {

int fired;
void count(uv_timer_t*) { ++fired; }

constexpr int kTimers = 23;

TEST(Timer, IsCreatedRunAndFinishedOnce) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timers[kTimers];
  fired = 0;
  for (auto& timer : timers) {
    uv_timer_init(loop, &timer);
    uv_timer_start(&timer, count, 1, 0);
  }
  loop.run();
  EXPECT_EQ(fired, kTimers);
  EXPECT_EQ(recording.created("uv_timer"), kTimers);
  EXPECT_EQ(recording.spans("uv_timer"), kTimers);
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_OK), kTimers);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
  for (auto& timer : timers) close(&timer);
}

TEST(Timer, SaysWhenItIsDueAndWhoCreatedIt) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, count, 7, 0);
  EXPECT_EQ(recording.first(fake::What::due, "uv_timer").code, 7000000);
  const auto created = recording.first(fake::What::created, "uv_timer");
  EXPECT_EQ(created.flags, LOOPSCOPE_SITE_STACK);
  EXPECT_NE(created.return_address, nullptr);
  close(&timer);
}

TEST(Timer, ThatRepeatsSaysEachTimeWhenItIsDueNext) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  fired = 0;
  uv_timer_start(
      &timer,
      [](uv_timer_t* handle) {
        if (++fired == 5) close(handle);
      },
      1, 3);
  loop.run();
  std::vector<int64_t> due;
  for (const auto& event : fake::events()) {
    if (event.what == fake::What::due) due.push_back(event.code);
  }
  EXPECT_EQ(due, (std::vector<int64_t>{1000000, 3000000, 3000000, 3000000, 3000000, 3000000}));
}

TEST(Timer, StaysPendingUntilItsHandleIsClosed) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timers[kTimers];
  for (auto& timer : timers) {
    uv_timer_init(loop, &timer);
    uv_timer_start(&timer, count, 3600000, 0);
  }
  uv_run(loop, UV_RUN_NOWAIT);
  EXPECT_EQ(recording.pending(), std::vector<std::string>(kTimers, "uv_timer"));
  for (auto& timer : timers) close(&timer);
  loop.run();
  EXPECT_TRUE(recording.pending().empty());
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_CANCELLED), kTimers);
  EXPECT_EQ(recording.finished("uv_close"), kTimers);
  recording.expect_consistent();
}

TEST(Timer, StoppedBeforeItFiresIsCancelled) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, count, 1000, 0);
  uv_timer_stop(&timer);
  uv_timer_stop(&timer);
  EXPECT_EQ(recording.story("uv_timer"), "created due finished");
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  close(&timer);
}

TEST(Timer, StartedAgainWhilePendingIsANewTask) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  fired = 0;
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, count, 1000, 0);
  uv_timer_start(&timer, count, 1, 0);
  loop.run();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_OK), 1);
  recording.expect_consistent();
  close(&timer);
}

TEST(Timer, RestartedInItsOwnCallbackIsAChildOfTheOneBefore) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  static int left;
  left = 5;
  uv_timer_init(loop, &timer);
  static uv_timer_cb again;
  again = [](uv_timer_t* handle) {
    if (--left) uv_timer_start(handle, again, 1, 0);
  };
  uv_timer_start(&timer, again, 1, 0);
  loop.run();
  EXPECT_EQ(recording.created("uv_timer"), 5);
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_OK), 5);
  uint64_t before = 0;
  for (const auto& event : fake::events()) {
    if (event.what != fake::What::created) continue;
    EXPECT_EQ(event.parent, before);
    before = event.id;
  }
  recording.expect_consistent();
  close(&timer);
}

TEST(Interval, IsOneSubscriptionHoweverOftenItFires) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  fired = 0;
  uv_timer_init(loop, &timer);
  uv_timer_start(
      &timer,
      [](uv_timer_t* handle) {
        if (++fired == 7) uv_timer_stop(handle);
      },
      1, 1);
  loop.run();
  EXPECT_EQ(fired, 7);
  EXPECT_EQ(recording.created("uv_timer"), 1);
  EXPECT_TRUE(recording.first(fake::What::created, "uv_timer").flags & LOOPSCOPE_SITE_SUBSCRIPTION);
  EXPECT_EQ(recording.spans("uv_timer"), 7);
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_OK), 1);
  recording.expect_consistent();
  close(&timer);
}

TEST(Interval, MadeOneShotInItsCallbackFiresOnceMoreAndFinishes) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  fired = 0;
  uv_timer_init(loop, &timer);
  uv_timer_start(
      &timer,
      [](uv_timer_t* handle) {
        if (++fired == 3) uv_timer_set_repeat(handle, 0);
      },
      1, 1);
  loop.run();
  EXPECT_EQ(fired, 4);
  EXPECT_EQ(recording.spans("uv_timer"), 4);
  EXPECT_EQ(recording.finished("uv_timer"), 1);
  recording.expect_consistent();
  close(&timer);
}

TEST(Timer, RunAgainAfterItFiredIsANewTask) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  fired = 0;
  uv_timer_init(loop, &timer);
  EXPECT_EQ(uv_timer_again(&timer), UV_EINVAL);
  uv_timer_start(&timer, count, 1, 0);
  loop.run();
  uv_timer_set_repeat(&timer, 1);
  EXPECT_EQ(uv_timer_again(&timer), 0);
  uv_run(loop, UV_RUN_ONCE);
  EXPECT_EQ(fired, 2);
  EXPECT_EQ(recording.created("uv_timer"), 2);
  uv_timer_stop(&timer);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
  close(&timer);
}

TEST(Timer, WithoutCallbackOrOnAClosingHandleIsNoTask) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  uv_timer_init(loop, &timer);
  EXPECT_EQ(uv_timer_start(&timer, nullptr, 1, 0), UV_EINVAL);
  close(&timer);
  EXPECT_EQ(uv_timer_start(&timer, count, 1, 0), UV_EINVAL);
  EXPECT_EQ(recording.created("uv_timer"), 0);
  loop.run();
  recording.expect_consistent();
}

TEST(Timer, InMemoryFullOfGarbageWorks) {
  Recording recording;
  UvLoop loop;
  uv_timer_t timer;
  memset(static_cast<void*>(&timer), 0xa5, sizeof timer);
  fired = 0;
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, count, 1, 0);
  loop.run();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(recording.finished("uv_timer"), 1);
  close(&timer);
}

// As on a stack: parts of the old handle are still there, others are not.
TEST(Timer, InMemoryThatHeldAnotherTimerInPartIsTakenForNew) {
  for (size_t word = 0; word < 4; ++word) {
    Recording recording;
    UvLoop loop;
    uv_timer_t timer;
    for (int round = 0; round < 3; ++round) {
      uv_timer_init(loop, &timer);
      uv_timer_start(&timer, count, 1, 0);
      loop.run();
      close(&timer);
      loop.run();
      timer.u.reserved[word] = &timer;
    }
    EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_OK), 3);
    EXPECT_EQ(recording.finished("uv_timer"), 3);
    EXPECT_EQ(recording.count(fake::What::finished, ""), 0) << "of tasks that never were";
    recording.expect_consistent();
  }
}

TEST(Timer, WhoseMemoryBecomesANewHandleIsAbandoned) {
  Recording recording;
  static uv_loop_t loop;  // never closed: it still has the timer that is thrown away
  uv_loop_init(&loop);
  uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, count, 1000, 0);
  uv_timer_stop(&timer);
  uv_timer_start(&timer, count, 1000, 0);
  uv_loop_t other;
  uv_loop_init(&other);
  uv_timer_init(&other, &timer);
  EXPECT_EQ(recording.finished("uv_timer", LOOPSCOPE_OUTCOME_ABANDONED), 1);
  close(&timer);
  uv_run(&other, UV_RUN_DEFAULT);
  EXPECT_EQ(uv_loop_close(&other), 0);
}

TEST(Timer, StartedWhileNothingIsRecordedIsLeftAlone) {
  fake::start();
  fake::stop();
  UvLoop loop;
  uv_timer_t timer;
  fired = 0;
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, count, 1, 0);
  {
    Recording recording;
    loop.run();
    EXPECT_EQ(fired, 1);
    EXPECT_EQ(recording.created("uv_timer") + recording.spans("uv_timer"), 0);
    uv_timer_start(&timer, count, 1, 0);
    EXPECT_EQ(recording.created("uv_timer"), 1);
  }
  loop.run();  // the recording is over, our trampoline is still in the timer
  EXPECT_EQ(fired, 2);
  uv_timer_start(&timer, count, 1, 0);
  loop.run();
  EXPECT_EQ(fired, 3);
  close(&timer);
}

}  // namespace
