#include "viewer/detect/await_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"

namespace loopscope::detect {
namespace {

using model::Trace;
using testing::a_trace;
using testing::created_at;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

// Tasks 1, 2 and 3 at places of their own.
TraceBuilder three_tasks() {
  return a_trace()
      .lasting(1009 * ms)
      .with_site("coroutine", "serve.cpp", 11, 0, "serve")
      .with_task(created_at(11 * ms))
      .with_site("coroutine", "read.cpp", 13, 0, "read")
      .with_task(created_at(13 * ms))
      .with_site("coroutine", "parse.cpp", 17, 0, "parse")
      .with_task(created_at(17 * ms));
}
// From now on awaits are from here.
TraceBuilder& await_at(TraceBuilder& trace, std::uint32_t line, const std::string& what = "") {
  return trace.with_site("await", "awaits.cpp", line).named(what);
}

std::vector<std::uint32_t> lines(const AwaitChain& chain) {
  std::vector<std::uint32_t> all;
  for (const AwaitStep& step : chain.steps) all.push_back(step.at.line);
  return all;
}

TEST(PendingAwaits, GoFromTheFirstWaiterToWhatIsNoTask) {
  TraceBuilder builder = three_tasks();
  await_at(builder, 101).with_await(1, 2, 19 * ms);
  await_at(builder, 103).with_await(2, 3, 23 * ms);
  await_at(builder, 107, "Event").with_await(3, 0, 29 * ms);
  const Trace trace = builder.build();
  const std::vector<AwaitChain> chains = PendingAwaits(trace).all();
  ASSERT_THAT(chains, SizeIs(1));
  EXPECT_THAT(lines(chains[0]), ElementsAre(101, 103, 107));
  EXPECT_EQ(chains[0].steps[1].at.function, "read");
  EXPECT_EQ(chains[0].waits_for, "Event");
  EXPECT_EQ(chains[0].count, 1u);
  EXPECT_EQ(chains[0].oldest, (1009 - 11) * ms);
  EXPECT_FALSE(chains[0].cycle);
}

TEST(PendingAwaits, AreNotThoseThatAreOver) {
  TraceBuilder builder = three_tasks();
  await_at(builder, 101).with_await(1, 2, 19 * ms, 23 * ms);
  const Trace trace = builder.build();
  EXPECT_THAT(PendingAwaits(trace).all(), IsEmpty());
  EXPECT_TRUE(PendingAwaits(trace).empty());
}

TEST(PendingAwaits, CountChainsThatAreAlikeAsOne) {
  TraceBuilder builder = a_trace().lasting(1009 * ms).with_site("coroutine", "serve.cpp", 11, 0, "serve");
  for (int i = 0; i < 7; ++i) builder.with_task(created_at((11 + i) * ms));
  await_at(builder, 101, "Event");
  for (std::uint64_t task = 1; task <= 7; ++task) builder.with_await(task, 0, 101 * ms);
  const Trace trace = builder.build();
  const std::vector<AwaitChain> chains = PendingAwaits(trace).all();
  ASSERT_THAT(chains, SizeIs(1));
  EXPECT_EQ(chains[0].count, 7u);
  EXPECT_EQ(chains[0].oldest, (1009 - 11) * ms);
}

TEST(PendingAwaits, ShowACircleOnceAndSayThatItIsOne) {
  TraceBuilder builder = three_tasks();
  await_at(builder, 101).with_await(1, 2, 19 * ms);
  await_at(builder, 103).with_await(2, 3, 23 * ms);
  await_at(builder, 107).with_await(3, 1, 29 * ms);
  const Trace trace = builder.build();
  const std::vector<AwaitChain> chains = PendingAwaits(trace).all();
  ASSERT_THAT(chains, SizeIs(1));
  EXPECT_TRUE(chains[0].cycle);
  EXPECT_THAT(chains[0].steps, SizeIs(3));
}

// An earlier await that its awaited task left open, when its waiter had gone on for another reason.
TEST(PendingAwaits, AreTheLatestOfATask) {
  TraceBuilder builder = three_tasks();
  await_at(builder, 101).with_await(1, 2, 19 * ms);
  await_at(builder, 103).with_await(1, 3, 23 * ms);
  const Trace trace = builder.build();
  const AwaitChain chain = PendingAwaits(trace).from(0);
  EXPECT_THAT(lines(chain), ElementsAre(103, 17));
  EXPECT_EQ(chain.more, 0u);
}

TEST(PendingAwaits, CountWhatElseIsAwaitedFromTheSamePlace) {
  TraceBuilder builder = three_tasks();
  await_at(builder, 101).with_await(1, 0, 19 * ms).with_await(1, 2, 19 * ms).with_await(1, 3, 19 * ms);
  const Trace trace = builder.build();
  const AwaitChain chain = PendingAwaits(trace).from(0);
  EXPECT_THAT(lines(chain), ElementsAre(101, 13)) << "a task rather than what is none";
  EXPECT_EQ(chain.more, 1u);
}

TEST(PendingAwaits, AreFoundFromTheAwaitedSideToo) {
  TraceBuilder builder = three_tasks();
  await_at(builder, 101).with_await(1, 2, 19 * ms);
  await_at(builder, 103).with_await(2, 3, 23 * ms);
  const Trace trace = builder.build();
  const PendingAwaits awaits(trace);
  EXPECT_THAT(awaits.through(2).steps, SizeIs(3));
  EXPECT_EQ(awaits.through(2).steps.front().task, 0u);
  EXPECT_EQ(awaits.waiters(2), 1u);
  EXPECT_EQ(awaits.waiters(0), 0u);
}

// Between an operation of a library and who waits for it stands a coroutine of the library's own.
TEST(PendingAwaits, NameALibrarysOperationInsteadOfItsOwnCoroutine) {
  TraceBuilder builder =
      a_trace()
          .lasting(1009 * ms)
          .with_site("coroutine", "serve.cpp", 11, 0, "serve")
          .with_task(created_at(11 * ms))
          .with_site("coroutine", "use_awaitable.hpp", 13, model::kInternal, "initiate")
          .called_from("asio::basic_waitable_timer<std::chrono::steady_clock>::async_wait<int>(int)",
                       "timer.hpp", 17)
          .called_from("serve", "serve.cpp", 19)
          .with_task(created_at(13 * ms));
  await_at(builder, 101, "asio::awaitable<void>").with_await(1, 2, 19 * ms);
  Trace trace = builder.build();
  for (std::size_t at = 0; at < 2; ++at) trace.sites[2].stack[at].library = true;
  const AwaitChain chain = PendingAwaits(trace).from(0);
  EXPECT_THAT(lines(chain), ElementsAre(101));
  EXPECT_EQ(chain.waits_for, "async_wait");
}

TEST(PendingAwaits, LeaveOutTheLibrarysCoroutineAroundTheProgramsOwn) {
  TraceBuilder builder = a_trace()
                             .lasting(1009 * ms)
                             .with_site("coroutine", "co_spawn.hpp", 11, model::kInternal, "entry")
                             .with_task(created_at(11 * ms))
                             .with_site("coroutine", "serve.cpp", 13, 0, "serve")
                             .with_task(created_at(13 * ms));
  await_at(builder, 101).with_await(1, 2, 19 * ms);
  await_at(builder, 103, "Event").with_await(2, 0, 23 * ms);
  const Trace trace = builder.build();
  const std::vector<AwaitChain> chains = PendingAwaits(trace).all();
  ASSERT_THAT(chains, SizeIs(1));
  EXPECT_THAT(lines(chains[0]), ElementsAre(103));
}

}  // namespace
}  // namespace loopscope::detect
