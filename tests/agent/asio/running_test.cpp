// How handlers run and end: posted ones, in strands, pools and several threads; destroyed ones; exceptions.
#include "tests/agent/asio/asio.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "agent/loop_kind.h"
#include "tests/agent/libuv/recording.h"

namespace {

constexpr int kHandlers = 23;

TEST(Handler, IsCreatedRunAndFinishedOnce) {
  Recording recording;
  io::io_context context;
  int ran = 0;
  for (int i = 0; i < kHandlers; ++i) io::post(context, [&] { ++ran; });
  EXPECT_EQ(recording.pending().size(), std::size_t{kHandlers});
  context.run();
  EXPECT_EQ(ran, kHandlers);
  EXPECT_EQ(recording.created("io_context.execute"), kHandlers);
  EXPECT_EQ(recording.spans("io_context.execute"), kHandlers);
  EXPECT_EQ(recording.finished("io_context.execute", LOOPSCOPE_OUTCOME_OK), kHandlers);
  recording.expect_consistent();
}

TEST(Handler, KnowsWhoCreatedItAndWhere) {
  Recording recording;
  io::io_context context;
  io::post(context, [&] { io::post(context, [] {}); });
  context.run();
  const auto events = fake::events();
  ASSERT_EQ(recording.created("io_context.execute"), 2);
  const auto first = recording.first(fake::What::created, "io_context.execute");
  EXPECT_EQ(first.parent, 0u);
  EXPECT_NE(first.return_address, nullptr);
  EXPECT_EQ(first.flags, LOOPSCOPE_SITE_STACK);
  for (const auto& event : events) {
    if (event.what != fake::What::created || event.id == first.id) continue;
    EXPECT_EQ(event.parent, first.id);
  }
}

TEST(Handler, ThatIsDestroyedWithItsContextIsAbandoned) {
  Recording recording;
  {
    io::io_context context;
    for (int i = 0; i < kHandlers; ++i) io::post(context, [] {});
  }
  EXPECT_EQ(recording.spans("io_context.execute"), 0);
  EXPECT_EQ(recording.finished("io_context.execute", LOOPSCOPE_OUTCOME_ABANDONED), kHandlers);
}

TEST(Handler, ThatAnExceptionLeavesEndsAsAnError) {
  Recording recording;
  io::io_context context;
  io::post(context, [] { throw std::runtime_error("planted"); });
  io::post(context, [] {});
  EXPECT_THROW(context.run(), std::runtime_error);
  context.run();
  const auto finished = recording.first(fake::What::finished, "io_context.execute");
  EXPECT_EQ(finished.outcome, LOOPSCOPE_OUTCOME_ERROR);
  EXPECT_EQ(finished.text, "left by an exception");
  EXPECT_EQ(recording.finished("io_context.execute", LOOPSCOPE_OUTCOME_OK), 1);
  EXPECT_EQ(loopscope_current_task(), 0u);
  recording.expect_consistent();
}

TEST(Handler, OfAnotherContextRunInsideIsASpanInside) {
  Recording recording;
  io::io_context outer, inner;
  io::post(inner, [] {});
  io::post(outer, [&] { inner.run(); });
  outer.run();
  EXPECT_EQ(recording.story("io_context.execute"), "created created begin begin end finished end finished");
}

TEST(Handler, InAStrandOrAPoolIsATaskOfThose) {
  Recording recording;
  {
    io::thread_pool pool(3);
    for (int i = 0; i < kHandlers; ++i) io::post(pool, [] {});
    pool.join();
  }
  io::io_context context;
  auto strand = io::make_strand(context);
  int ran = 0;
  for (int i = 0; i < kHandlers; ++i) io::post(strand, [&] { ++ran; });
  context.run();
  EXPECT_EQ(ran, kHandlers);
  EXPECT_EQ(recording.finished("thread_pool.execute(blk=never,rel=fork)", LOOPSCOPE_OUTCOME_OK), kHandlers);
  EXPECT_EQ(recording.finished("strand_executor.execute", LOOPSCOPE_OUTCOME_OK), kHandlers);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
}

TEST(Handler, IsFinishedOnceHoweverManyThreadsRunTheContext) {
  Recording recording;
  io::io_context context;
  std::atomic<int> ran{0};
  for (int i = 0; i < 101; ++i) {
    io::post(context, [&] {
      for (int j = 0; j < 7; ++j) io::post(context, [&] { ++ran; });
      auto timer = std::make_shared<io::steady_timer>(context, std::chrono::microseconds(1));
      timer->async_wait([timer, &ran](ErrorCode) { ++ran; });
    });
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) threads.emplace_back([&] { context.run(); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ran, 101 * 8);
  EXPECT_EQ(recording.created("io_context.execute"), 101 * 8);
  EXPECT_EQ(recording.created("deadline_timer.async_wait"), 101);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
}

std::string kind_of_loop_here() {
  const char* kind = loopscope_internal_loop_kind();
  return kind != nullptr ? kind : "";
}

TEST(Loop, IsAsiosWhereASchedulerRuns) {
  EXPECT_EQ(kind_of_loop_here(), "");
  io::io_context context, other;
  std::string in_handler, in_inner_handler, elsewhere;
  io::post(other, [&] { in_inner_handler = kind_of_loop_here(); });
  io::post(context, [&] {
    in_handler = kind_of_loop_here();
    other.run();
    std::thread([&] { elsewhere = kind_of_loop_here(); }).join();
  });
  context.run();
  EXPECT_EQ(in_handler, "asio");
  EXPECT_EQ(in_inner_handler, "asio");
  EXPECT_EQ(elsewhere, "");
  EXPECT_EQ(kind_of_loop_here(), "");
}

TEST(Handler, IsNothingWhileNothingIsRecorded) {
  io::io_context context;
  io::post(context, [] {});
  io::steady_timer timer(context, std::chrono::hours(1));
  timer.async_wait([](ErrorCode) {});
  Recording recording;
  timer.cancel();
  context.run();
  EXPECT_TRUE(fake::events().empty());
}

TEST(Handler, ThatOutlivesTheRecordingLeavesNothingBehind) {
  io::io_context context;
  io::steady_timer timer(context, std::chrono::hours(1));
  std::optional<Recording> recording(std::in_place);
  timer.async_wait([](ErrorCode) {});
  recording.reset();
  timer.cancel();
  context.run();
  recording.emplace();
  context.restart();
  timer.async_wait([](ErrorCode) {});
  timer.cancel();
  context.run();
  EXPECT_EQ(recording->story("deadline_timer.async_wait"), "created due cancel ready begin end finished");
}

}  // namespace
