// What counts as a stall, by the events alone, and what the watchdog's packets add to it.
#include <gtest/gtest.h>

#include "tests/support/trace_writer.h"
#include "viewer/trace/read_trace.h"
#include "viewer/trace/watchdog.h"

namespace loopscope::trace {
namespace {

using testing::poll_begin;
using testing::poll_end;
using testing::span_begin;
using testing::span_end;
using testing::task_created;
using testing::TraceWriter;

// Ticks of the writer's clock, and times in the model.
constexpr std::uint64_t at(std::uint64_t ms) { return 1000 + ms * 1'000'000; }
constexpr Time ms(std::int64_t number) { return number * kMillisecond; }

// One thread with a loop and some tasks of one site, watched with a limit of 10 ms.
struct OneLoop {
  TraceWriter writer{{"precise=0", "stall_ms=10"}};
  std::uint32_t main = writer.thread("main", 4711);
  std::uint32_t loop = writer.loop("libuv", main);
  std::uint32_t site = writer.site("uv_timer", {0x401000});

  model::Trace read(bool streaming = false) const {
    ReadOptions options;
    if (streaming) options.streaming.emplace();
    Result<ReadTrace> result = read_trace({std::as_bytes(std::span(writer.bytes()))}, options);
    EXPECT_TRUE(result.ok()) << result.error().text();
    return result.ok() ? std::move(result->trace) : model::Trace{};
  }
};

TEST(Stalls, HaveTheLimitOfTheRecording) {
  Nanos limit = 7;
  EXPECT_FALSE(read_stall_limit({}, limit));
  EXPECT_FALSE(read_stall_limit({"stall_sample_ms=5", "blocking_ms=1"}, limit));
  for (const char* bad :
       {"stall_ms=never", "stall_ms=", "stall_ms=0", "stall_ms=5 ", "stall_ms=-3", "stall_ms=99999999999"}) {
    EXPECT_FALSE(read_stall_limit({bad}, limit)) << bad;
  }
  EXPECT_EQ(limit, 7);
  EXPECT_TRUE(read_stall_limit({"stacks=1", "stall_ms=23"}, limit));
  EXPECT_EQ(limit, ms(23));

  OneLoop never{.writer = TraceWriter({"stall_ms=never"})};
  never.writer.batch(never.main, 1,
                     {task_created(at(0), 1, never.site), span_begin(at(1), 1), span_end(at(12))});
  const model::Trace trace = never.read();
  EXPECT_FALSE(trace.watched);
  EXPECT_EQ(trace.stall_limit, ms(10));
  EXPECT_EQ(trace.stalls.size(), 1u) << "the events tell it all the same";
  EXPECT_TRUE(OneLoop{}.read().watched);
}

TEST(Stalls, AreOutermostSpansLongerThanTheLimit) {
  OneLoop program;
  program.writer.batch(program.main, 1,
                       {task_created(at(0), 1, program.site), task_created(at(0), 2, program.site),
                        task_created(at(0), 3, program.site), poll_begin(at(0), program.loop, 0),
                        poll_end(at(1), program.loop, 1),
                        // 23 ms, of which an inner span takes 19.
                        span_begin(at(1), 1), span_begin(at(3), 2), span_end(at(22)), span_end(at(24)),
                        // Just the limit.
                        span_begin(at(24), 3), span_end(at(34)), poll_begin(at(34), program.loop, 0)});
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 1u) << "neither the inner span nor the tick is one as well";
  const model::Stall& stall = trace.stalls[0];
  EXPECT_EQ(stall.begin, ms(1));
  EXPECT_EQ(stall.duration, ms(23));
  EXPECT_TRUE(stall.ended);
  EXPECT_FALSE(stall.is_tick);
  EXPECT_EQ(trace.threads[stall.thread].name, "main");
  EXPECT_EQ(stall.loop, 0u);
  EXPECT_EQ(stall.task, trace.tasks.find(1));
  EXPECT_EQ(stall.cpu, model::Stall::kNotWatched);
  EXPECT_EQ(stall.cause, "");
  EXPECT_EQ(trace.stalls_total, 1u);
  EXPECT_EQ(trace.stalls_ns, ms(23));
}

TEST(Stalls, AreTicksOfManyShortSpans) {
  OneLoop program;
  std::vector<testing::Event> events{task_created(at(0), 1, program.site), poll_begin(at(0), program.loop, 0),
                                     poll_end(at(1), program.loop, 7)};
  for (std::uint64_t i = 0; i < 7; ++i) {
    events.push_back(span_begin(at(2 + 3 * i), 1));
    events.push_back(span_end(at(4 + 3 * i)));
  }
  events.push_back(poll_begin(at(24), program.loop, 0));
  // A tick of just the limit.
  events.push_back(poll_end(at(25), program.loop, 0));
  events.push_back(poll_begin(at(35), program.loop, 0));
  program.writer.batch(program.main, 1, events);
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 1u);
  EXPECT_TRUE(trace.stalls[0].is_tick);
  EXPECT_EQ(trace.stalls[0].begin, ms(1));
  EXPECT_EQ(trace.stalls[0].duration, ms(23));
  EXPECT_EQ(trace.stalls[0].task, model::kNoTask);
  EXPECT_EQ(trace.stalls[0].loop, 0u);
}

// One of the short callbacks lost its processor and took 11 ms: the tick is to blame, not that one.
TEST(Stalls, AreTicksInWhichOneSpanIsASmallPart) {
  OneLoop program;
  std::vector<testing::Event> events{task_created(at(0), 1, program.site),
                                     task_created(at(0), 2, program.site),
                                     poll_begin(at(0), program.loop, 0),
                                     poll_end(at(1), program.loop, 7),
                                     span_begin(at(1), 1),
                                     span_end(at(12))};
  for (std::uint64_t i = 0; i < 7; ++i) {
    events.push_back(span_begin(at(13 + 3 * i), 2));
    events.push_back(span_end(at(15 + 3 * i)));
  }
  events.push_back(poll_begin(at(36), program.loop, 0));
  program.writer.batch(program.main, 1, events);
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 1u);
  EXPECT_TRUE(trace.stalls[0].is_tick);
  EXPECT_EQ(trace.stalls[0].begin, ms(1));
  EXPECT_EQ(trace.stalls[0].duration, ms(35));
  EXPECT_EQ(trace.stalls_total, 1u);
  EXPECT_EQ(trace.stalls_ns, ms(35)) << "the span is a part of it and does not count twice";
}

TEST(Stalls, AreSpansThatAreMostOfATick) {
  OneLoop program;
  program.writer.batch(
      program.main, 1,
      {task_created(at(0), 1, program.site), task_created(at(0), 2, program.site),
       poll_begin(at(0), program.loop, 0), poll_end(at(1), program.loop, 1), span_begin(at(1), 1),
       span_end(at(14)), span_begin(at(15), 2), span_end(at(26)), poll_begin(at(37), program.loop, 0)});
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 2u);
  EXPECT_EQ(trace.stalls[0].task, trace.tasks.find(1));
  EXPECT_EQ(trace.stalls[1].task, trace.tasks.find(2));
  EXPECT_EQ(trace.stalls_ns, ms(13 + 11));
}

TEST(Stalls, AreOfAnyThreadAndOfNoLoopBeforeTheFirstPoll) {
  OneLoop program;
  const std::uint32_t worker = program.writer.thread("worker", 4712);
  const std::uint32_t sync = program.writer.site("uv_fs_open", {0x402000}, Site::SYNCHRONOUS);
  program.writer.batch(program.main, 1,
                       {task_created(at(0), 1, sync), span_begin(at(0), 1), span_end(at(13)),
                        poll_begin(at(13), program.loop, 0), poll_end(at(14), program.loop, 0),
                        poll_begin(at(15), program.loop, 0)});
  program.writer.batch(worker, 1,
                       {task_created(at(1), 1025, program.site), span_begin(at(2), 1025), span_end(at(31))});
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 2u);
  EXPECT_EQ(trace.threads[trace.stalls[0].thread].name, "worker");
  EXPECT_EQ(trace.stalls[0].duration, ms(29));
  EXPECT_EQ(trace.stalls[1].duration, ms(13));
  for (const model::Stall& stall : trace.stalls) EXPECT_EQ(stall.loop, model::kNoLoop);
}

TEST(Stalls, AreNotSpansInWhichALoopPolls) {
  OneLoop program;
  program.writer.batch(
      program.main, 1,
      {task_created(at(0), 1, program.site), task_created(at(0), 2, program.site), span_begin(at(0), 1),
       poll_begin(at(1), program.loop, 0), poll_end(at(41), program.loop, 1), span_begin(at(41), 2),
       span_end(at(58)), poll_begin(at(59), program.loop, 0), poll_end(at(97), program.loop, 0),
       poll_begin(at(98), program.loop, 0), span_end(at(101))});
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 1u);
  EXPECT_EQ(trace.stalls[0].task, trace.tasks.find(2)) << "outermost of what holds the loop";
  EXPECT_EQ(trace.stalls[0].duration, ms(17));
}

TEST(Stalls, LastToTheEndOfTheTraceIfTheyDoNotEnd) {
  OneLoop program;
  program.writer.batch(program.main, 1,
                       {task_created(at(0), 1, program.site), task_created(at(0), 2, program.site),
                        poll_begin(at(0), program.loop, 0), poll_end(at(1), program.loop, 1),
                        span_begin(at(2), 1), span_begin(at(3), 2)});
  program.writer.stall({.id = 1, .thread = program.main, .begin = at(1)});
  program.writer.sample({.stall = 1, .ticks = at(12)});
  program.writer.end(End::SIGNAL, 0, at(103));
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 1u);
  const model::Stall& stall = trace.stalls[0];
  EXPECT_FALSE(stall.ended);
  EXPECT_FALSE(stall.is_tick);
  EXPECT_EQ(stall.task, trace.tasks.find(1));
  EXPECT_EQ(stall.begin, ms(2));
  EXPECT_EQ(stall.duration, ms(101));
  EXPECT_EQ(stall.cpu, model::Stall::kNotWatched) << "nobody looked once more";
  ASSERT_EQ(stall.samples.size(), 1u);
  EXPECT_EQ(stall.samples[0].task, trace.tasks.find(2));
  EXPECT_EQ(stall.samples[0].weight, ms(101));
}

// Between its last event and the trace's end the program may have left the loop.
struct Hung {
  bool seen = true;
  std::uint64_t seen_until = 0;
  bool closed = false;
  bool entered = true;  // the loop tells when it is run, and when it was left
  End::Reason end = End::EXIT;

  std::vector<model::Stall> stalls() const {
    OneLoop program;
    std::vector<testing::Event> events;
    if (entered) events.push_back({.kind = LOOP_ENTERED, .ticks = at(0), .values = {program.loop}});
    for (const testing::Event& event :
         {task_created(at(0), 1, program.site), poll_begin(at(0), program.loop, 0),
          poll_end(at(1), program.loop, 1), span_begin(at(2), 1), span_end(at(3))}) {
      events.push_back(event);
    }
    if (closed) events.push_back({.kind = LOOP_CLOSED, .ticks = at(53), .values = {program.loop}});
    program.writer.batch(program.main, 1, events);
    if (seen) program.writer.stall({.id = 1, .thread = program.main, .begin = at(1), .end = seen_until});
    program.writer.end(end, 0, at(102));
    return program.read().stalls;
  }
};

TEST(Stalls, OfTicksThatDoNotEndAreThoseTheWatchdogSaw) {
  EXPECT_TRUE(Hung{.seen = false}.stalls().empty());
  EXPECT_TRUE(Hung{.closed = true}.stalls().empty());
  const std::vector<model::Stall> ended = Hung{.seen_until = at(48)}.stalls();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_TRUE(ended[0].ended);
  EXPECT_EQ(ended[0].duration, ms(47));
  const std::vector<model::Stall> open = Hung{}.stalls();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_TRUE(open[0].is_tick);
  EXPECT_FALSE(open[0].ended);
  EXPECT_EQ(open[0].begin, ms(1));
  EXPECT_EQ(open[0].duration, ms(101));
}

// Known by its waits only, it may have been left behind the last one: what came then was the program's way to its end.
TEST(Stalls, AreNotWhatAProgramDidBehindTheLastWaitOfALoopThatTellsNothingElse) {
  EXPECT_TRUE(Hung{.entered = false}.stalls().empty());
  const std::vector<model::Stall> killed = Hung{.entered = false, .end = End::KILLED}.stalls();
  ASSERT_EQ(killed.size(), 1u) << "it was in there until somebody had enough of it";
  EXPECT_EQ(killed[0].duration, ms(101));
}

// Two slow callbacks in one tick, which the watchdog sees as one.
struct TwoInATick : OneLoop {
  TwoInATick() {
    writer.batch(main, 1,
                 {task_created(at(0), 1, site), task_created(at(0), 2, site), task_created(at(0), 3, site),
                  poll_begin(at(0), loop, 0), poll_end(at(1), loop, 1), span_begin(at(1), 1),
                  span_begin(at(5), 2), span_end(at(21)), span_end(at(31)), span_begin(at(41), 3),
                  span_end(at(61)), poll_begin(at(71), loop, 0)});
  }
};

TEST(Stalls, GetTheSamplesOfTheirThreadAndTime) {
  TwoInATick program;
  const std::uint32_t other = program.writer.thread("other", 4712);
  program.writer.stall({.id = 7, .thread = program.main, .begin = at(1), .end = at(71)});
  program.writer.stall({.id = 8, .thread = other, .begin = at(1), .end = at(71)});
  // In no order of time; behind the first stall, in the second, in the first, at its end, and another thread's.
  program.writer.sample({.stall = 7, .ticks = at(37)});
  program.writer.sample({.stall = 7, .ticks = at(51), .cause = SYSTEM_CALL});
  program.writer.sample({.stall = 7, .ticks = at(11), .cause = RUNNING, .frames = {0x403000, 0x404000}});
  program.writer.sample({.stall = 7, .ticks = at(31), .cause = PAGE_FAULT});
  program.writer.sample({.stall = 8, .ticks = at(13)});
  program.writer.sample({.stall = 9, .ticks = at(17)});
  const model::Trace trace = program.read();
  EXPECT_EQ(trace.integrity.unmatched_events, 1u) << "a sample of a stall that nobody told";
  ASSERT_EQ(trace.stalls.size(), 2u);
  const std::vector<model::StallSample>& first = trace.stalls[0].samples;
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].at, ms(11));
  EXPECT_EQ(first[0].task, trace.tasks.find(2)) << "the innermost one that ran then";
  ASSERT_EQ(first[0].stack.size(), 2u);
  EXPECT_EQ(first[0].stack[1].address, 0x404000u);
  EXPECT_EQ(first[1].at, ms(31));
  EXPECT_EQ(first[1].task, trace.tasks.find(1)) << "at the end of its span";
  const std::vector<model::StallSample>& second = trace.stalls[1].samples;
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].cause, "system call");
  EXPECT_EQ(second[0].task, trace.tasks.find(3));
}

TEST(Stalls, AreWhatTheirSamplesWeighTogether) {
  TwoInATick program;
  program.writer.stall({.id = 1, .thread = program.main, .begin = at(1), .end = at(71)});
  program.writer.sample({.stall = 1, .ticks = at(11), .cause = SYSTEM_CALL});
  program.writer.sample({.stall = 1, .ticks = at(14), .cause = RUNNING});
  program.writer.sample({.stall = 1, .ticks = at(20) + 1, .cause = RUNNING});
  program.writer.sample({.stall = 1, .ticks = at(53), .cause = PAGE_FAULT});
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 2u);
  const std::vector<model::StallSample>& samples = trace.stalls[0].samples;
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].weight, ms(10) + kMillisecond * 3 / 2) << "from the beginning";
  EXPECT_EQ(samples[1].weight, kMillisecond * 9 / 2);
  EXPECT_EQ(samples[2].weight, ms(14)) << "to the end";
  EXPECT_EQ(samples[0].weight + samples[1].weight + samples[2].weight, trace.stalls[0].duration);
  EXPECT_EQ(trace.stalls[0].cause, "running") << "two samples of 18.5 ms against one of 11.5";
  ASSERT_EQ(trace.stalls[1].samples.size(), 1u);
  EXPECT_EQ(trace.stalls[1].samples[0].weight, trace.stalls[1].duration);
  EXPECT_EQ(trace.stalls[1].cause, "page fault");
}

TEST(Stalls, ShareWhatTheWatchdogSawOfTheirTick) {
  TwoInATick program;
  program.writer.stall({.id = 1, .thread = program.main, .begin = at(1), .cause = SYSTEM_CALL});
  program.writer.stall({.id = 1,
                        .thread = program.main,
                        .begin = at(1),
                        .end = at(71),
                        .run_queue_wait_ns = 5'000'000,
                        .cpu_ns = 35'000'000,
                        .suppressed = 11,
                        .cause = SYSTEM_CALL});
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 2u);
  EXPECT_NEAR(to_ms(trace.stalls[0].cpu), 21, 1e-6) << "30 of 50 ms";
  EXPECT_NEAR(to_ms(trace.stalls[1].cpu), 14, 1e-6);
  EXPECT_NEAR(to_ms(trace.stalls[0].run_queue_wait), 3, 1e-6);
  EXPECT_NEAR(to_ms(trace.stalls[1].run_queue_wait), 2, 1e-6);
  EXPECT_EQ(trace.stalls[0].suppressed, 7u);
  EXPECT_EQ(trace.stalls[1].suppressed, 4u);
  EXPECT_EQ(trace.stalls[0].cause, "system call") << "the watchdog's, as there is no sample";
}

TEST(Stalls, WithoutAProcessorForHalfOfTheTimeAreTheMachines) {
  for (const bool most : {false, true}) {
    TwoInATick program;
    // The first stall lasts from 1 to 31.
    program.writer.stall(
        {.id = 1, .thread = program.main, .begin = at(1), .end = at(71), .run_queue_wait_ns = 1});
    program.writer.sample({.stall = 1, .ticks = at(11)});
    program.writer.run_queue_wait(program.main, at(0), at(7), 7'000'000);    // 6 of them inside
    program.writer.run_queue_wait(program.main, at(11), at(17), 5'000'000);  // 5
    program.writer.run_queue_wait(program.main, at(23), at(67), most ? 4'000'000 : 3'000'000);
    program.writer.run_queue_wait(0, at(1), at(31), 30'000'000);
    const model::Trace trace = program.read();
    ASSERT_EQ(trace.stalls.size(), 2u);
    EXPECT_EQ(trace.stalls[0].run_queue_wait, ms(most ? 15 : 14));
    EXPECT_EQ(trace.stalls[0].cause, most ? "not scheduled" : "running");
    EXPECT_EQ(trace.stalls[1].run_queue_wait, ms(most ? 4 : 3));
    ASSERT_EQ(trace.run_queue_waits.size(), 4u);
    EXPECT_EQ(trace.run_queue_waits[0].from, ms(0));
    EXPECT_EQ(trace.threads[trace.run_queue_waits[0].thread].name, "main");
    EXPECT_EQ(trace.run_queue_waits[1].thread, model::RunQueueWait::kWatchdog);
    EXPECT_EQ(trace.run_queue_waits[1].wait, ms(30));
  }
}

TEST(Stalls, ClaimNoMoreThanTheirDuration) {
  TwoInATick program;
  program.writer.stall({.id = 1,
                        .thread = program.main,
                        .begin = 0,
                        .end = at(101),
                        .run_queue_wait_ns = UINT64_MAX,
                        .cpu_ns = UINT64_MAX,
                        .suppressed = UINT64_MAX});
  program.writer.run_queue_wait(program.main, 0, at(101), UINT64_MAX);
  program.writer.run_queue_wait(101, 0, at(101), 1);
  const model::Trace trace = program.read();
  ASSERT_EQ(trace.stalls.size(), 2u);
  for (const model::Stall& stall : trace.stalls) {
    EXPECT_EQ(stall.cpu, stall.duration);
    EXPECT_EQ(stall.run_queue_wait, stall.duration);
  }
  EXPECT_EQ(trace.run_queue_waits.size(), 1u) << "the other thread does not exist";
}

TEST(Stalls, AreTheLongestAndAllOfThemCount) {
  constexpr std::uint64_t kMany = model::kMaxStalls + 23;
  OneLoop program;
  std::vector<testing::Event> events{task_created(at(0), 1, program.site)};
  std::uint64_t now = 0;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    events.push_back(span_begin(at(now), 1));
    // All of another length, in no order.
    now += 11;
    events.push_back(span_end(at(now) + (i * 7919) % kMany));
    ++now;
  }
  program.writer.batch(program.main, 1, events);
  for (const bool streaming : {false, true}) {
    const model::Trace trace = program.read(streaming);
    EXPECT_EQ(trace.stalls_total, kMany);
    EXPECT_EQ(trace.stalls_ns, static_cast<Nanos>(kMany * 11'000'000 + kMany * (kMany - 1) / 2));
    ASSERT_EQ(trace.stalls.size(), model::kMaxStalls);
    EXPECT_EQ(trace.stalls.front().duration, ms(11) + static_cast<Nanos>(kMany) - 1);
    EXPECT_EQ(trace.stalls.back().duration, ms(11) + 23);
  }
}

TEST(Stalls, KeepSoManySamplesAndFrames) {
  TwoInATick program;
  program.writer.stall({.id = 1, .thread = program.main, .begin = at(1), .end = at(71)});
  program.writer.sample(
      {.stall = 1, .ticks = at(11), .frames = std::vector<std::uint64_t>(kMaxSampleFrames + 1, 7)});
  for (std::size_t i = 0; i < kMaxWatchdogPackets; ++i)
    program.writer.sample({.stall = 1, .ticks = at(12) + i});
  const model::Trace trace = program.read();
  ASSERT_FALSE(trace.stalls.empty());
  const std::vector<model::StallSample>& samples = trace.stalls[0].samples;
  ASSERT_EQ(samples.size(), kMaxWatchdogPackets);
  EXPECT_EQ(samples[0].stack.size(), kMaxSampleFrames);
  EXPECT_TRUE(samples[0].stack_truncated);
  EXPECT_FALSE(samples[1].stack_truncated);
}

}  // namespace
}  // namespace loopscope::trace
