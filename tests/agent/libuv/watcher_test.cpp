// Handles that watch: idle, prepare, check, async, poll, signal, files.
#include "tests/agent/libuv/recording.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

namespace {

int fired;
int other_fired;

TEST(LoopWatchers, AreSubscriptionsThatEndWhenStopped) {
  Recording recording;
  UvLoop loop;
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_idle_init(loop, &idle);
  uv_prepare_init(loop, &prepare);
  uv_check_init(loop, &check);
  fired = 0;
  uv_idle_start(&idle, [](uv_idle_t* handle) {
    if (++fired == 7) uv_idle_stop(handle);
  });
  uv_prepare_start(&prepare, [](uv_prepare_t* handle) {
    if (fired == 5) uv_prepare_stop(handle);
  });
  uv_check_start(&check, [](uv_check_t* handle) {
    if (fired == 5) uv_check_stop(handle);
  });
  loop.run();
  EXPECT_EQ(fired, 7);
  EXPECT_EQ(recording.spans("uv_idle"), 7);
  EXPECT_EQ(recording.spans("uv_prepare"), 5);
  EXPECT_EQ(recording.spans("uv_check"), 5);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
  close(&idle);
  close(&prepare);
  close(&check);
}

TEST(LoopWatchers, KeepTheirFirstCallbackWhenStartedTwice) {
  Recording recording;
  UvLoop loop;
  uv_idle_t idle;
  uv_idle_init(loop, &idle);
  fired = other_fired = 0;
  uv_idle_start(&idle, [](uv_idle_t*) { ++fired; });
  EXPECT_EQ(uv_idle_start(&idle, [](uv_idle_t*) { ++other_fired; }), 0);
  uv_run(loop, UV_RUN_NOWAIT);
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(other_fired, 0);
  EXPECT_EQ(recording.created("uv_idle"), 1);
  EXPECT_EQ(uv_idle_start(&idle, nullptr), 0);
  uv_idle_stop(&idle);
  EXPECT_EQ(uv_idle_start(&idle, nullptr), UV_EINVAL);
  recording.expect_consistent();
  close(&idle);
}

TEST(Async, BecomesReadyOnceForManySends) {
  Recording recording;
  UvLoop loop;
  uv_async_t async;
  fired = 0;
  uv_async_init(loop, &async, [](uv_async_t* handle) {
    if (++fired == 2) close(handle);
  });
  std::thread([&] {
    for (int i = 0; i < 101; ++i) uv_async_send(&async);
  }).join();
  uv_run(loop, UV_RUN_NOWAIT);
  EXPECT_EQ(recording.count(fake::What::ready, "uv_async"), 1);
  uv_async_send(&async);
  loop.run();
  EXPECT_EQ(fired, 2);
  EXPECT_EQ(recording.story("uv_async"), "created ready begin end ready begin end finished");
  recording.expect_consistent();
}

TEST(Async, WithoutCallbackOnlyWakesItsLoop) {
  Recording recording;
  UvLoop loop;
  uv_async_t async;
  uv_async_init(loop, &async, nullptr);
  uv_async_send(&async);
  uv_run(loop, UV_RUN_NOWAIT);
  EXPECT_EQ(recording.created("uv_async"), 0);
  close(&async);
}

TEST(Poll, StaysOneTaskWhenItsEventsChange) {
  Recording recording;
  UvLoop loop;
  int pipes[2];
  ASSERT_EQ(pipe2(pipes, O_NONBLOCK), 0);
  uv_poll_t poll;
  ASSERT_EQ(uv_poll_init(loop, &poll, pipes[0]), 0);
  fired = other_fired = 0;
  uv_poll_start(&poll, UV_READABLE, [](uv_poll_t*, int, int) { ++fired; });
  ASSERT_EQ(write(pipes[1], "x", 1), 1);
  uv_run(loop, UV_RUN_ONCE);
  EXPECT_EQ(fired, 1);
  uv_poll_start(&poll, UV_READABLE | UV_DISCONNECT, [](uv_poll_t*, int, int) { ++other_fired; });
  uv_run(loop, UV_RUN_ONCE);
  EXPECT_EQ(other_fired, 1);
  EXPECT_EQ(recording.story("uv_poll"), "created begin end begin end");
  EXPECT_EQ(uv_poll_start(&poll, 0, [](uv_poll_t*, int, int) {}), 0);
  EXPECT_EQ(recording.finished("uv_poll", LOOPSCOPE_OUTCOME_OK), 1);
  close(&poll);
  loop.run();
  recording.expect_consistent();
  ::close(pipes[0]);
  ::close(pipes[1]);
}

TEST(Signal, OneShotFinishesWhenItFires) {
  Recording recording;
  UvLoop loop;
  uv_signal_t once;
  uv_signal_t always;
  uv_signal_init(loop, &once);
  uv_signal_init(loop, &always);
  fired = other_fired = 0;
  uv_signal_start_oneshot(
      &once, [](uv_signal_t*, int) { ++fired; }, SIGUSR2);
  uv_signal_start(
      &always,
      [](uv_signal_t* handle, int) {
        if (++other_fired == 3)
          uv_signal_stop(handle);
        else
          raise(SIGUSR2);
      },
      SIGUSR2);
  raise(SIGUSR2);
  loop.run();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(other_fired, 3);
  EXPECT_EQ(recording.created("uv_signal"), 2);
  EXPECT_EQ(recording.spans("uv_signal"), 4);
  EXPECT_EQ(recording.finished("uv_signal", LOOPSCOPE_OUTCOME_OK), 2);
  recording.expect_consistent();
  close(&once);
  close(&always);
}

TEST(Signal, OneShotThatReplacesALastingOneEndsIt) {
  Recording recording;
  UvLoop loop;
  uv_signal_t signal;
  uv_signal_init(loop, &signal);
  uv_signal_start(
      &signal, [](uv_signal_t*, int) {}, SIGUSR2);
  uv_signal_start_oneshot(
      &signal, [](uv_signal_t*, int) {}, SIGUSR2);
  EXPECT_EQ(recording.created("uv_signal"), 2);
  EXPECT_EQ(recording.finished("uv_signal", LOOPSCOPE_OUTCOME_OK), 1);
  close(&signal);
  EXPECT_TRUE(recording.finished("uv_signal") == 2);
}

TEST(FileWatchers, SeeAChangeAndEndWhenClosed) {
  Recording recording;
  UvLoop loop;
  char path[] = "/tmp/loopscope-watch-XXXXXX";
  const int file = mkstemp(path);
  ASSERT_GE(file, 0);
  uv_fs_event_t event;
  uv_fs_poll_t poll;
  uv_fs_event_init(loop, &event);
  uv_fs_poll_init(loop, &poll);
  ASSERT_EQ(uv_fs_event_start(
                &event, [](uv_fs_event_t* handle, const char*, int, int) { close(handle); }, path, 0),
            0);
  EXPECT_EQ(uv_fs_event_start(
                &event, [](uv_fs_event_t*, const char*, int, int) {}, path, 0),
            UV_EINVAL);
  ASSERT_EQ(uv_fs_poll_start(
                &poll, [](uv_fs_poll_t* handle, int, const uv_stat_t*, const uv_stat_t*) { close(handle); },
                "/nonexistent/by/name", 11),
            0);
  ASSERT_EQ(write(file, "x", 1), 1);
  loop.run();
  EXPECT_EQ(recording.spans("uv_fs_event"), 1);
  EXPECT_EQ(recording.spans("uv_fs_poll"), 1);
  EXPECT_EQ(recording.finished("uv_fs_event", LOOPSCOPE_OUTCOME_OK), 1);
  EXPECT_EQ(recording.finished("uv_fs_event", LOOPSCOPE_OUTCOME_ERROR), 1) << "the start that was refused";
  EXPECT_EQ(recording.finished("uv_fs_poll", LOOPSCOPE_OUTCOME_OK), 1);
  EXPECT_EQ(recording.created("uv_timer") + recording.created("uv_fs_stat"), 0) << "libuv's own";
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
  ::close(file);
  unlink(path);
}

}  // namespace
