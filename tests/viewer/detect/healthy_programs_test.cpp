// What healthy programs leave behind gives nothing at warning or above, from any detector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::kInternal;
using model::kSubscription;
using model::kTeardown;
using testing::a_trace;
using testing::created_at;
using ::testing::Each;
using testing::every;
using ::testing::Field;

constexpr Nanos ms = kMillisecond;

#define EXPECT_HEALTHY(builder) \
  EXPECT_THAT(detect_all((builder).build(), Limits{}), Each(Field(&Finding::severity, Severity::info)))

TEST(HealthyPrograms, ADnsServerThatAnswersQueries) {
  auto server = a_trace();
  server.lasting(3 * kSecond);
  for (int thread = 0; thread < 3; ++thread) {
    server.with_loop("libuv", "", "isc-net-" + std::to_string(thread))
        .with_ticks(331, every(7 * ms), 500 * ms, 1 * ms);
    server.with_site("uv_async", "netmgr.c", 101, kSubscription).with_task(created_at(10 * ms));
    server.with_site("uv_udp_recv", "udp.c", 201, kSubscription)
        .with_tasks(4, every(ms), created_at(20 * ms));
    server.with_site("uv_listen", "tcp.c", 301, kSubscription).with_tasks(4, every(ms), created_at(20 * ms));
    server.with_site("uv_udp_send", "udp.c", 401)
        .with_tasks(331, every(7 * ms),
                    created_at(500 * ms).ran(500 * ms + 90'000, 10'000).finished_at(500 * ms + 100'000));
  }
  server.with_site("uv_timer", "netmgr.c", 501).with_tasks(3, every(ms), created_at(30 * ms));
  server.with_site("uv_close", "netmgr.c", 601, kTeardown).with_tasks(11, every(1), created_at(2999 * ms));
  EXPECT_HEALTHY(server);
}

TEST(HealthyPrograms, ATestDriverThatRunsTwoChildrenAtATime) {
  auto driver = a_trace();
  driver.lasting(2003 * ms).with_loop();
  driver.with_site("uv_spawn", "process.cxx", 12);
  for (int child = 0; child < 22; ++child) {
    driver.with_task(created_at(child / 2 * 181 * ms).finished_at((child / 2 + 1) * 181 * ms));
  }
  driver.with_site("uv_timer", "process.cxx", 34);
  for (int child = 0; child < 22; ++child) {
    driver.with_task(created_at(child / 2 * 181 * ms).cancelled_at((child / 2 + 1) * 181 * ms));
  }
  driver.with_site("uv_read_start", "process.cxx", 56, kSubscription)
      .with_tasks(23, every(81 * ms), created_at(0).finished_at(80 * ms));
  driver.with_site("uv_close", "process.cxx", 78, kTeardown)
      .with_tasks(101, every(18 * ms), created_at(1 * ms).finished_at(2 * ms));
  EXPECT_HEALTHY(driver);
}

TEST(HealthyPrograms, AnEditorThatStartsAndQuits) {
  auto editor = a_trace();
  editor.lasting(131 * ms)
      .with_loop("libuv", "", "nvim")
      .with_tick(11 * ms, 61 * ms)
      .with_tick(90 * ms, 2 * ms);
  editor.with_site("uv_async", "loop.c", 12, kSubscription).with_tasks(3, every(1), created_at(0));
  editor.with_site("uv_signal", "signal.c", 34, kSubscription).with_tasks(7, every(1), created_at(0));
  editor.with_site("uv_timer", "loop.c", 56).with_task(created_at(1 * ms));
  editor.with_site("uv_timer", "time.c", 78, kInternal).with_tasks(5, every(1), created_at(1 * ms));
  editor.with_site("uv_close", "loop.c", 90, kTeardown).with_tasks(5, every(1), created_at(130 * ms));
  EXPECT_HEALTHY(editor);
}

TEST(HealthyPrograms, ARequestLoopUnderSteadyLoad) {
  auto server = a_trace();
  server.lasting(20 * kSecond).with_loop().with_ticks(997, every(20 * ms), 0, 3 * ms);
  // 16 connections, each with one request after another and an idle timer that every request re-arms.
  for (int connection = 0; connection < 16; ++connection) {
    const Time start = connection * 3 * ms;
    server.with_site("uv_read", "http.c", 12, kSubscription).with_task(created_at(start));
    server.with_site("uv_fs_read", "http.c", 34)
        .with_tasks(199, every(100 * ms), created_at(start).finished_at(start + 7 * ms));
    server.with_site("uv_timer", "http.c", 56)
        .with_tasks(199, every(100 * ms), created_at(start).cancelled_at(start + 100 * ms))
        .with_task(created_at(start + 199 * 100 * ms));
  }
  server.with_lag(10 * kSecond, 3 * ms, 9973);
  EXPECT_HEALTHY(server);
}

TEST(HealthyPrograms, AProgramThatExitsWithWorkUnderWay) {
  auto program = a_trace();
  program.lasting(1 * kSecond)
      .with_loop()
      .with_site("uv_fs_read", "copy.c", 12)
      .with_tasks(997, every(1 * ms), created_at(0).finished_at(3 * ms))
      .with_tasks(3, every(1 * ms), created_at(997 * ms));
  EXPECT_HEALTHY(program);
}

}  // namespace
}  // namespace loopscope::detect
