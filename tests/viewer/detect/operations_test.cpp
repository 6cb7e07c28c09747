#include <gtest/gtest.h>

#include "viewer/detect/operations.h"

namespace loopscope::detect {
namespace {

TEST(Operations, AreToldByWhatLibrariesCallThem) {
  EXPECT_EQ(operation_of("uv_timer"), Operation::timer);
  EXPECT_EQ(operation_of("evtimer"), Operation::timer);
  EXPECT_EQ(operation_of("deadline_timer.async_wait"), Operation::timer);
  EXPECT_EQ(operation_of("uv_fs_write"), Operation::file);
  EXPECT_EQ(operation_of("uv_getaddrinfo"), Operation::lookup);
  EXPECT_EQ(operation_of("resolver.async_resolve"), Operation::lookup);
  EXPECT_EQ(operation_of("uv_tcp_connect"), Operation::connect);
  EXPECT_EQ(operation_of("socket.async_connect"), Operation::connect);
  EXPECT_EQ(operation_of("uv_udp_send"), Operation::write);
  EXPECT_EQ(operation_of("descriptor.async_write_some"), Operation::write);
  EXPECT_EQ(operation_of("uv_work"), Operation::work);
  EXPECT_EQ(operation_of("thread_pool.post"), Operation::work);
  EXPECT_EQ(operation_of("io_uring_fsync"), Operation::file);
  EXPECT_EQ(operation_of("io_uring_openat2"), Operation::file);
  EXPECT_EQ(operation_of("io_uring_link_timeout"), Operation::timer);
  EXPECT_EQ(operation_of("io_uring_connect"), Operation::connect);
  EXPECT_EQ(operation_of("io_uring_sendmsg"), Operation::write);
  for (const char* kind :
       {"uv_read", "socket.async_receive", "socket.async_accept", "io_context.post", "coroutine",
        "uv_process", "event", "io_uring_read", "io_uring_writev", "io_uring_poll_add", ""}) {
    EXPECT_EQ(operation_of(kind), Operation::other) << kind;
  }
}

TEST(Operations, AnAwaitOfAnAnswerIsNoTimerNoReaderAndNoLock) {
  EXPECT_TRUE(may_be_an_answer("Backend::price_of(unsigned int)::Answer"));
  EXPECT_TRUE(may_be_an_answer("db::QueryAwaiter"));
  for (const char* awaited :
       {"Loop::after(std::chrono::microseconds)::Timer", "cppcoro::async_mutex_lock_operation",
        "Connection::ReadSome", "net::AcceptAwaiter", "std::suspend_always", "ThreadPool::schedule",
        "SleepUntil", "Barrier::Wait", "Channel<int>::Receive", ""}) {
    EXPECT_FALSE(may_be_an_answer(awaited)) << awaited;
  }
}

}  // namespace
}  // namespace loopscope::detect
