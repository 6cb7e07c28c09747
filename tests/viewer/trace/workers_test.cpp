// Whoever unpacks, and when: the model is the same.
#include <gtest/gtest.h>

#include "tests/viewer/trace/random_trace.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::trace {
namespace {

model::Trace read(const std::string& bytes, unsigned workers) {
  ReadOptions options;
  options.workers = workers;
  options.timeline = true;
  Result<ReadTrace> result = read_trace({std::as_bytes(std::span(bytes))}, options);
  EXPECT_TRUE(result.ok());
  return result.ok() ? std::move(result->trace) : model::Trace{};
}

void expect_same(const model::IntervalRow& a, const model::IntervalRow& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t at = 0; at < a.size(); ++at) {
    ASSERT_EQ(a.begin(at), b.begin(at));
    ASSERT_EQ(a.duration(at), b.duration(at));
    ASSERT_EQ(a.task(at), b.task(at));
    ASSERT_EQ(a.lag(at), b.lag(at));
  }
}

std::uint64_t expect_same_timeline(const model::Trace& a, const model::Trace& b) {
  std::uint64_t spans = 0;
  EXPECT_EQ(a.timeline.kept, b.timeline.kept);
  EXPECT_EQ(a.timeline.threads.size(), b.timeline.threads.size());
  for (std::size_t thread = 0; thread < std::min(a.timeline.threads.size(), b.timeline.threads.size());
       ++thread) {
    const model::ThreadRows& of_a = a.timeline.threads[thread];
    const model::ThreadRows& of_b = b.timeline.threads[thread];
    EXPECT_EQ(of_a.spans.size(), of_b.spans.size());
    for (std::size_t depth = 0; depth < std::min(of_a.spans.size(), of_b.spans.size()); ++depth) {
      expect_same(of_a.spans[depth], of_b.spans[depth]);
      spans += of_a.spans[depth].size();
    }
    expect_same(of_a.calls, of_b.calls);
  }
  EXPECT_EQ(a.timeline.loops.size(), b.timeline.loops.size());
  for (std::size_t loop = 0; loop < std::min(a.timeline.loops.size(), b.timeline.loops.size()); ++loop) {
    expect_same(a.timeline.loops[loop].ticks, b.timeline.loops[loop].ticks);
    expect_same(a.timeline.loops[loop].polls, b.timeline.loops[loop].polls);
  }
  const model::PendingHistory& pending = a.timeline.pending;
  EXPECT_EQ(pending.finished(), b.timeline.pending.finished());
  for (std::size_t i = 0; i < std::min(pending.finished(), b.timeline.pending.finished()); ++i) {
    EXPECT_EQ(pending.finished_task(i), b.timeline.pending.finished_task(i));
  }
  constexpr int kInstants = 101;
  for (int i = 0; i <= kInstants; ++i) {
    const Time at = a.begin + a.duration() / kInstants * i;
    EXPECT_EQ(pending.extent(a.tasks, a.begin, at), b.timeline.pending.extent(b.tasks, b.begin, at));
    EXPECT_EQ(pending.pending_by_site_at(a.tasks, at), b.timeline.pending.pending_by_site_at(b.tasks, at));
  }
  return spans;
}

void expect_same(const model::Trace& a, const model::Trace& b) {
  EXPECT_EQ(a.events, b.events);
  EXPECT_EQ(a.end, b.end);
  EXPECT_EQ(a.peak_pending, b.peak_pending);
  EXPECT_EQ(a.integrity.unmatched_events, b.integrity.unmatched_events);
  EXPECT_EQ(a.integrity.damaged_packets, b.integrity.damaged_packets);
  ASSERT_EQ(a.tasks.size(), b.tasks.size());
  for (model::TaskIndex task = 0; task < a.tasks.size(); ++task) {
    ASSERT_EQ(a.tasks.id(task), b.tasks.id(task));
    ASSERT_EQ(a.tasks.created(task), b.tasks.created(task));
    ASSERT_EQ(a.tasks.finished(task), b.tasks.finished(task));
    ASSERT_EQ(a.tasks.run_ns(task), b.tasks.run_ns(task));
    ASSERT_EQ(a.tasks.parent(task), b.tasks.parent(task));
  }
  for (std::size_t site = 0; site < a.sites.size(); ++site) {
    EXPECT_EQ(a.sites[site].queue_delay.sum(), b.sites[site].queue_delay.sum());
    EXPECT_EQ(a.sites[site].lifetime.sum(), b.sites[site].lifetime.sum());
  }
  ASSERT_EQ(a.longest_spans.size(), b.longest_spans.size());
  for (std::size_t i = 0; i < a.longest_spans.size(); ++i) {
    EXPECT_EQ(a.longest_spans[i].task, b.longest_spans[i].task);
    EXPECT_EQ(a.longest_spans[i].begin, b.longest_spans[i].begin);
  }
}

TEST(SecondThread, ChangesNothing) {
  for (const unsigned seed : {7U, 23U, 101U}) {
    const std::string bytes = testing::random_trace({.seed = seed}).bytes();
    const model::Trace alone = read(bytes, 1);
    EXPECT_GT(alone.tasks.size(), 700u);
    expect_same(alone, read(bytes, 2));
    expect_same(alone, read(bytes, 0));
  }
}

// Threads that run one loop each, tick by tick: of every task a span, and a call within every seventh of them.
std::string ticking_trace(unsigned threads, unsigned batches) {
  using namespace testing;
  TraceWriter writer;
  const std::uint32_t work = writer.site("work", {0x401000});
  const std::uint32_t fsync = writer.site("fsync", {0x402000}, loopscope::Site::BLOCKING);
  std::vector<std::uint32_t> numbers;
  std::vector<std::uint32_t> loops;
  for (unsigned thread = 0; thread < threads; ++thread) {
    numbers.push_back(writer.thread("runs a loop", 4'711 + thread));
    loops.push_back(writer.loop("libuv", numbers.back()));
  }
  constexpr std::uint64_t kTasks = 331;  // a batch
  constexpr std::uint64_t kTick = 1'009;
  std::uint64_t id = 0;
  for (unsigned batch = 0; batch < batches; ++batch) {
    for (unsigned thread = 0; thread < threads; ++thread) {
      std::uint64_t at = 1'000 + batch * kTasks * kTick + thread;
      std::vector<Event> events;
      for (std::uint64_t task = 0; task < kTasks; ++task, at += kTick) {
        ++id;
        events.push_back(poll_begin(at, loops[thread], 0));
        events.push_back(poll_end(at + 101, loops[thread], 1));
        events.push_back(task_created(at + 103, id, work));
        events.push_back(span_begin(at + 211, id));
        if (task % 7 == 0) {
          ++id;
          events.push_back(task_created(at + 307, id, fsync));
          events.push_back(span_begin(at + 311, id));
          events.push_back(span_end(at + 401));
          events.push_back(task_finished(at + 409, id));
        }
        events.push_back(span_end(at + 503));
        if (task % 11 != 0) events.push_back(task_finished(at + 601, id));
      }
      writer.batch(numbers[thread], batch + 1, events);
    }
  }
  return writer.bytes();
}

TEST(SecondThread, FillsTheSameTimeline) {
  for (const unsigned threads : {1U, 3U, 23U}) {
    const unsigned batches = 97 / threads + 1;
    const std::string bytes = ticking_trace(threads, batches);
    const model::Trace alone = read(bytes, 1);
    for (const unsigned workers : {2U, 0U}) {
      EXPECT_EQ(expect_same_timeline(alone, read(bytes, workers)), 331U * threads * batches);
    }
  }
  // One in which little fits together.
  const std::string random = testing::random_trace({.seed = 11, .threads = 23}).bytes();
  EXPECT_GT(expect_same_timeline(read(random, 1), read(random, 2)), 300U);
}

TEST(SecondThread, FillsAnEmptyTimeline) {
  const std::string bytes = testing::random_trace({.seed = 19, .batches = 0}).bytes();
  const model::Trace alone = read(bytes, 1);
  EXPECT_TRUE(alone.timeline.kept);
  EXPECT_EQ(expect_same_timeline(alone, read(bytes, 2)), 0U);
}

TEST(SecondThread, ChangesNothingOfADamagedTrace) {
  const testing::TraceWriter writer = testing::random_trace({.seed = 31});
  std::string bytes = writer.bytes();
  for (std::size_t at = 0; at < 23; ++at) bytes[bytes.size() / 23 * at + 11] ^= 0x10;
  expect_same(read(bytes, 1), read(bytes, 2));
  expect_same_timeline(read(bytes, 1), read(bytes, 2));
}

TEST(SecondThread, EndsWhenReadingIsCancelled) {
  const std::string bytes = testing::random_trace({.seed = 5}).bytes();
  ReadOptions options;
  options.workers = 2;
  options.timeline = true;
  int asked = 0;
  options.progress = [&](double) { return ++asked < 3; };
  const Result<ReadTrace> result = read_trace({std::as_bytes(std::span(bytes))}, options);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().what, "reading was cancelled");
}

}  // namespace
}  // namespace loopscope::trace
