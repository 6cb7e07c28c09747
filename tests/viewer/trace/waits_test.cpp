// Who waited for a stall, from when, and for how long.
#include <gtest/gtest.h>

#include "tests/support/trace_writer.h"
#include "tests/viewer/trace/random_trace.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::trace {
namespace {

using testing::poll_begin;
using testing::poll_end;
using testing::span_begin;
using testing::span_end;
using testing::task_created;
using testing::task_due;
using testing::task_ready;
using testing::TraceWriter;

constexpr std::uint64_t at(std::uint64_t ms) { return 1000 + ms * 1'000'000; }
constexpr std::uint64_t in(std::uint64_t ms) { return ms * 1'000'000; }
constexpr Time ms(std::int64_t number) { return number * kMillisecond; }

model::Trace read_bytes(const std::string& bytes, bool streaming = false) {
  ReadOptions options;
  if (streaming) options.streaming.emplace();
  Result<ReadTrace> result = read_trace({std::as_bytes(std::span(bytes))}, options);
  EXPECT_TRUE(result.ok()) << result.error().text();
  return result.ok() ? std::move(result->trace) : model::Trace{};
}

// One loop, one site for slow callbacks and one for the others; a limit of 10 ms.
struct OneLoop {
  TraceWriter writer{{"stall_ms=10"}};
  std::uint32_t main = writer.thread("main", 4711);
  std::uint32_t loop = writer.loop("libuv", main);
  std::uint32_t slow = writer.site("slow", {0x401000});
  std::uint32_t quick = writer.site("quick", {0x402000});

  model::Trace read() const { return read_bytes(writer.bytes()); }
};

const model::Site& site_of(const model::Trace& trace, const std::string& kind) {
  for (const model::Site& site : trace.sites) {
    if (site.kind == kind) return site;
  }
  ADD_FAILURE() << "no site " << kind;
  return trace.sites[0];
}

struct Expected {
  std::uint64_t task;
  std::uint64_t blocker;  // 0: none
  Time from;
  Nanos waited;
};

void expect_waited(const model::Trace& trace, const std::vector<Expected>& expected) {
  ASSERT_EQ(trace.waited.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    SCOPED_TRACE(i);
    const model::Waited& waited = trace.waited[i];
    EXPECT_EQ(trace.tasks.id(waited.task), expected[i].task);
    EXPECT_EQ(waited.blocker == model::kNoTask ? 0 : trace.tasks.id(waited.blocker), expected[i].blocker);
    EXPECT_EQ(waited.from, expected[i].from);
    EXPECT_EQ(waited.waited, expected[i].waited);
  }
}

TEST(Waits, AreOfTimersThatWereDueDuringASlowCallback) {
  OneLoop program;
  program.writer.batch(
      program.main, 1,
      {task_created(at(0), 1, program.slow), task_created(at(0), 2, program.quick), task_due(2, in(17)),
       task_created(at(0), 3, program.quick), task_due(3, in(2)), task_created(at(0), 4, program.quick),
       task_due(4, in(35)), poll_begin(at(0), program.loop, in(2)), poll_end(at(3), program.loop, 0),
       span_begin(at(5), 1), span_end(at(36)),
       // Due in its middle; due before it; due just before its end, and late for another reason, too.
       span_begin(at(36), 2), span_end(at(37)), span_begin(at(37), 3), span_end(at(38)),
       poll_begin(at(38), program.loop, 0), poll_end(at(39), program.loop, 0), span_begin(at(41), 4),
       span_end(at(43))});
  const model::Trace trace = program.read();
  expect_waited(trace, {{3, 1, ms(5), ms(31)}, {2, 1, ms(17), ms(19)}, {4, 1, ms(35), ms(1)}});
  EXPECT_EQ(site_of(trace, "slow").made_wait, 3u);
  EXPECT_EQ(site_of(trace, "slow").made_wait_ns, ms(31 + 19 + 1));
  EXPECT_EQ(site_of(trace, "quick").made_wait, 0u);
}

TEST(Waits, AreOfSubscriptionsEachTimeThatTheyAreDue) {
  OneLoop program;
  program.writer.batch(
      program.main, 1,
      {task_created(at(0), 1, program.slow), task_created(at(0), 2, program.quick), task_due(2, in(7)),
       poll_begin(at(0), program.loop, 0), poll_end(at(1), program.loop, 0), span_begin(at(1), 1),
       span_end(at(18)), span_begin(at(18), 2), task_due(2, in(7)), span_end(at(19)), span_begin(at(20), 2),
       task_due(2, in(7)), span_end(at(21)), span_begin(at(21), 1), span_end(at(44)), span_begin(at(44), 2),
       span_end(at(45))});
  const model::Trace trace = program.read();
  // At 20 it runs before it is due again, at 25.
  expect_waited(trace, {{2, 1, ms(27), ms(17)}, {2, 1, ms(7), ms(11)}});
  EXPECT_EQ(site_of(trace, "slow").made_wait_ns, ms(28));
}

TEST(Waits, AreNotForOneself) {
  OneLoop program;
  program.writer.batch(
      program.main, 1,
      {task_created(at(0), 1, program.slow), task_due(1, in(1)), poll_begin(at(0), program.loop, 0),
       poll_end(at(1), program.loop, 1), span_begin(at(1), 1), task_due(1, in(3)), span_end(at(31)),
       span_begin(at(31), 1), span_end(at(32)), span_begin(at(33), 1), span_end(at(34))});
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 1u);
  expect_waited(trace, {});
  EXPECT_EQ(site_of(trace, "slow").made_wait, 0u);
}

// What the poll found ready runs behind the slow callback of the same tick.
TEST(Waits, AreOfWhatAPollFoundReady) {
  for (const std::uint64_t events : {0u, 3u}) {
    OneLoop program;
    program.writer.batch(program.main, 1,
                         {task_created(at(0), 1, program.slow), task_created(at(0), 2, program.quick),
                          task_created(at(0), 3, program.quick), poll_begin(at(0), program.loop, in(1)),
                          poll_end(at(1), program.loop, events), span_begin(at(2), 3), span_end(at(3)),
                          span_begin(at(3), 1), task_created(at(5), 4, program.quick, 1), span_end(at(22)),
                          // Twice for two packets, created in this tick, and inside of another one.
                          span_begin(at(23), 2), span_begin(at(23), 3), span_end(at(23)), span_end(at(24)),
                          span_begin(at(24), 2), span_end(at(25)), span_begin(at(25), 4), span_end(at(26)),
                          poll_begin(at(27), program.loop, 0),
                          // The next tick has nothing to do with it.
                          poll_end(at(29), program.loop, 1), span_begin(at(29), 3), span_end(at(30))});
    const model::Trace trace = program.read();
    ASSERT_EQ(trace.stalls.size(), 1u);
    if (events == 0) {
      expect_waited(trace, {});
    } else {
      expect_waited(trace, {{2, 1, ms(3), ms(19)}});
      EXPECT_EQ(site_of(trace, "slow").made_wait, 1u);
    }
  }
}

TEST(Waits, AreForTicksOfManyShortSpans) {
  OneLoop program;
  std::vector<testing::Event> events{task_created(at(0), 1, program.slow),
                                     task_created(at(0), 2, program.quick),
                                     poll_begin(at(0), program.loop, 0), poll_end(at(1), program.loop, 1)};
  for (std::uint64_t i = 0; i < 5; ++i) {
    events.push_back(span_begin(at(1 + 5 * i), 1));
    events.push_back(span_end(at(6 + 5 * i)));
  }
  events.push_back(task_ready(at(7 + 19), 2));
  events.push_back(poll_begin(at(29), program.loop, 0));
  events.push_back(poll_end(at(29), program.loop, 0));
  events.push_back(span_begin(at(31), 2));
  events.push_back(span_end(at(32)));
  program.writer.batch(program.main, 1, events);
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 1u);
  EXPECT_TRUE(trace.stalls[0].is_tick);
  expect_waited(trace, {{2, 0, ms(26), ms(3)}});
  EXPECT_EQ(site_of(trace, "slow").made_wait, 0u) << "no span of it is over the limit";
  EXPECT_EQ(trace.sites[0].made_wait, 0u);
}

TEST(Waits, AreForTheirOwnLoopOnly) {
  OneLoop program;
  const std::uint32_t second = program.writer.thread("second", 4712);
  const std::uint32_t other = program.writer.loop("libuv", second);
  const std::uint32_t pool = program.writer.thread("pool", 4713);
  program.writer.batch(program.main, 1,
                       {task_created(at(0), 1, program.slow), task_created(at(0), 2, program.quick),
                        task_created(at(0), 3, program.quick), task_created(at(0), 4, program.quick),
                        poll_begin(at(0), program.loop, 0), poll_end(at(1), program.loop, 1),
                        span_begin(at(1), 1), task_ready(at(3), 2), task_ready(at(3), 3),
                        task_ready(at(3), 4), span_end(at(30)), span_begin(at(31), 3), span_end(at(32))});
  program.writer.batch(
      second, 1,
      {poll_begin(at(0), other, 0), poll_end(at(5), other, 1), span_begin(at(29), 2), span_end(at(30))});
  // A thread of a pool is no loop's: what is behind a long job there waits for a thread, not for this job.
  program.writer.batch(pool, 1,
                       {task_created(at(0), 1025, program.slow), span_begin(at(2), 1025), span_end(at(33)),
                        span_begin(at(34), 4), span_end(at(35))});
  const model::Trace trace = program.read();
  EXPECT_EQ(trace.stalls_total, 3u)
      << "one of each thread; the second's is a tick that had been busy for 25 ms";
  expect_waited(trace, {{3, 1, ms(3), ms(27)}});
}

TEST(Waits, BeginAtStartup) {
  OneLoop program;
  program.writer.batch(program.main, 1,
                       {task_created(at(0), 2, program.quick), task_due(2, in(5)),
                        task_created(at(1), 1, program.slow), span_begin(at(1), 1), span_end(at(20)),
                        // libuv runs timers before its first poll.
                        span_begin(at(21), 2), span_end(at(22)), poll_begin(at(23), program.loop, 0)});
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 1u);
  EXPECT_EQ(trace.stalls[0].loop, model::kNoLoop);
  expect_waited(trace, {{2, 1, ms(5), ms(15)}});
}

TEST(Waits, LastToTheEndIfTheLoopHangs) {
  OneLoop program;
  const std::uint32_t worker = program.writer.thread("worker", 4712);
  program.writer.batch(
      program.main, 1,
      {task_created(at(0), 1, program.slow), task_created(at(0), 2, program.quick), task_due(2, in(7)),
       task_created(at(0), 3, program.quick), task_due(3, in(997)), task_created(at(0), 4, program.quick),
       task_created(at(0), 5, program.quick), task_due(5, in(9)), testing::task_finished(at(1), 5),
       poll_begin(at(1), program.loop, 0), poll_end(at(2), program.loop, 1), span_begin(at(3), 1)});
  program.writer.batch(worker, 1, {task_ready(at(11), 4)});
  program.writer.end(End::SIGNAL, 0, at(101));
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 1u);
  EXPECT_FALSE(trace.stalls[0].ended);
  expect_waited(trace, {{2, 1, ms(7), ms(94)}, {4, 1, ms(11), ms(90)}});
  EXPECT_EQ(site_of(trace, "slow").made_wait, 2u);
}

TEST(Waits, AreTheLongestAndAllOfThemCount) {
  constexpr std::uint64_t kMany = model::kMaxWaited + 101;
  OneLoop program;
  std::vector<testing::Event> events{poll_begin(at(0), program.loop, 0), poll_end(at(0), program.loop, 0),
                                     task_created(at(0), 1, program.slow)};
  for (std::uint64_t i = 0; i < kMany; ++i) events.push_back(task_created(at(0), i + 2, program.quick));
  events.push_back(span_begin(at(0), 1));
  // Ready one ns after the other.
  for (std::uint64_t i = 0; i < kMany; ++i) events.push_back(task_ready(at(1) + i, i + 2));
  events.push_back(span_end(at(31)));
  for (std::uint64_t i = 0; i < kMany; ++i) {
    events.push_back(span_begin(at(31) + 2 * i, i + 2));
    events.push_back(span_end(at(31) + 2 * i + 1));
    events.push_back(testing::task_finished(at(31) + 2 * i + 1, i + 2));
  }
  program.writer.batch(program.main, 1, events);
  for (const bool streaming : {false, true}) {
    const model::Trace trace = read_bytes(program.writer.bytes(), streaming);
    EXPECT_EQ(site_of(trace, "slow").made_wait, kMany);
    EXPECT_EQ(site_of(trace, "slow").made_wait_ns,
              static_cast<Nanos>(kMany * in(30) - kMany * (kMany - 1) / 2));
    ASSERT_EQ(trace.waited.size(), model::kMaxWaited);
    EXPECT_EQ(trace.waited.front().waited, ms(30));
    EXPECT_EQ(trace.tasks.id(trace.waited.front().task), 2u);
    EXPECT_EQ(trace.waited.back().waited, ms(30) - static_cast<Nanos>(model::kMaxWaited) + 1);
  }
}

// Everything about stalls and waits, with tasks by their numbers.
std::string told(const model::Trace& trace) {
  const auto id = [&](model::TaskIndex task) {
    return task == model::kNoTask ? std::string("-") : std::to_string(trace.tasks.id(task));
  };
  std::string text = std::to_string(trace.stalls_total) + ' ' + std::to_string(trace.stalls_ns) + '\n';
  for (const model::Stall& stall : trace.stalls) {
    text += std::to_string(stall.begin) + ' ' + std::to_string(stall.duration) + ' ' + id(stall.task) + ' ' +
            std::to_string(stall.thread) + (stall.is_tick ? " tick" : "") + (stall.ended ? "" : " open") +
            ' ' + std::to_string(stall.cpu) + ' ' + stall.cause;
    for (const model::StallSample& sample : stall.samples) {
      text += ' ' + std::to_string(sample.at) + '+' + std::to_string(sample.weight) + ' ' + id(sample.task);
    }
    text += '\n';
  }
  for (const model::Waited& waited : trace.waited) {
    text += id(waited.task) + ' ' + id(waited.blocker) + ' ' + std::to_string(waited.from) + ' ' +
            std::to_string(waited.waited) + '\n';
  }
  for (const model::Site& site : trace.sites) {
    text += std::to_string(site.made_wait) + ' ' + std::to_string(site.made_wait_ns) + '\n';
  }
  return text;
}

TEST(Waits, AreTheSameAsAStream) {
  for (const unsigned seed : {3u, 11u, 29u}) {
    SCOPED_TRACE(seed);
    TraceWriter writer = testing::random_trace(
        {.seed = seed, .threads = 2, .batches = 211, .steps = 607, .recorded_with = {"stall_ms=1"}});
    const model::Trace plain = read_bytes(writer.bytes());
    // Sampled all the time.
    for (std::uint32_t thread : {1u, 2u}) {
      writer.stall({.id = thread,
                    .thread = thread,
                    .begin = 1000,
                    .end = 1000 + static_cast<std::uint64_t>(plain.end),
                    .run_queue_wait_ns = 7'000'000,
                    .cpu_ns = 101'000'000});
      for (std::uint64_t i = 0; i < 997; ++i) {
        writer.sample({.stall = thread, .ticks = 1000 + static_cast<std::uint64_t>(plain.end) / 997 * i});
      }
    }
    const model::Trace whole = read_bytes(writer.bytes());
    const model::Trace streamed = read_bytes(writer.bytes(), true);
    EXPECT_GT(whole.stalls.size(), 100u);
    EXPECT_GT(whole.waited.size(), 100u);
    EXPECT_LT(streamed.tasks.size(), whole.tasks.size());
    EXPECT_EQ(told(whole), told(streamed));
  }
}

}  // namespace
}  // namespace loopscope::trace
