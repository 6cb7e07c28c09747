// Where spans, calls, ticks and polls stand in time, and that a timeline changes nothing else.
#include "viewer/trace/timeline_rows.h"

#include <gtest/gtest.h>

#include "tests/support/trace_writer.h"
#include "tests/viewer/trace/random_trace.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::trace {
namespace {

using model::IntervalRow;
using testing::poll_begin;
using testing::poll_end;
using testing::span_begin;
using testing::span_end;
using testing::task_created;
using testing::task_finished;
using testing::task_ready;
using testing::TraceWriter;

constexpr std::uint64_t at(std::uint64_t ns) { return 1000 + ns; }

model::Trace read(const std::string& bytes, bool timeline = true) {
  ReadOptions options;
  options.timeline = timeline;
  Result<ReadTrace> result = read_trace({std::as_bytes(std::span(bytes))}, options);
  EXPECT_TRUE(result.ok()) << result.error().text();
  return result.ok() ? std::move(result->trace) : model::Trace{};
}

struct OneLoop {
  TraceWriter writer;
  std::uint32_t main = writer.thread("main", 4711);
  std::uint32_t loop = writer.loop("libuv", main);
  std::uint32_t work = writer.site("work", {0x401000});
  std::uint32_t fsync = writer.site("fsync", {0x402000}, loopscope::Site::BLOCKING);
};

TEST(TimelineRows, AreKeptOnlyIfAskedFor) {
  const std::string bytes = testing::random_trace({.seed = 3}).bytes();
  const model::Trace without = read(bytes, false);
  EXPECT_FALSE(without.timeline.kept);
  EXPECT_TRUE(without.timeline.threads.empty());
  ReadOptions streaming;
  streaming.timeline = true;
  streaming.streaming.emplace();
  const Result<ReadTrace> streamed = read_trace({std::as_bytes(std::span(bytes))}, streaming);
  ASSERT_TRUE(streamed.ok());
  EXPECT_FALSE(streamed->trace.timeline.kept);
  EXPECT_TRUE(read(bytes).timeline.kept);
}

TEST(TimelineRows, HoldSpansByDepth) {
  OneLoop one;
  one.writer.batch(
      one.main, 1,
      {task_created(at(0), 1, one.work), task_created(at(0), 2, one.work), poll_begin(at(10), one.loop, 0),
       poll_end(at(100), one.loop, 1), span_begin(at(107), 1), span_begin(at(120), 2), span_end(at(150)),
       span_begin(at(160), 2), span_end(at(171)), span_end(at(200)), poll_begin(at(230), one.loop, 0)});
  const model::Trace trace = read(one.writer.bytes());
  ASSERT_EQ(trace.timeline.threads.size(), 1U);
  const auto& spans = trace.timeline.threads[0].spans;
  ASSERT_EQ(spans.size(), 2U);
  ASSERT_EQ(spans[0].size(), 1U);
  EXPECT_EQ(spans[0].begin(0), 107);
  EXPECT_EQ(spans[0].duration(0), 93);
  EXPECT_EQ(spans[0].task(0), trace.tasks.find(1));
  EXPECT_EQ(spans[0].lag(0), 7);
  ASSERT_EQ(spans[1].size(), 2U);
  EXPECT_EQ(spans[1].begin(1), 160);
  EXPECT_EQ(spans[1].end(1), 171);
  EXPECT_EQ(spans[1].lag(0), IntervalRow::kNoLag);
  EXPECT_TRUE(trace.timeline.threads[0].calls.empty());

  ASSERT_EQ(trace.timeline.loops.size(), 1U);
  const model::LoopRows& loop = trace.timeline.loops[0];
  ASSERT_EQ(loop.ticks.size(), 1U);
  EXPECT_EQ(loop.ticks.begin(0), 100);
  EXPECT_EQ(loop.ticks.end(0), 230);
  EXPECT_EQ(loop.ticks.task(0), model::kNoTask);
  ASSERT_EQ(loop.polls.size(), 2U);
  EXPECT_EQ(loop.polls.begin(0), 10);
  EXPECT_EQ(loop.polls.end(0), 100);
}

TEST(TimelineRows, HoldBlockingCallsByThemselves) {
  OneLoop one;
  one.writer.batch(
      one.main, 1,
      {task_created(at(0), 1, one.work), span_begin(at(10), 1), task_created(at(20), 2, one.fsync),
       span_begin(at(20), 2), task_created(at(23), 3, one.fsync), span_begin(at(23), 3), span_end(at(29)),
       task_finished(at(29), 3), span_end(at(50)), task_finished(at(50), 2), span_end(at(60))});
  const model::Trace trace = read(one.writer.bytes());
  const model::ThreadRows& thread = trace.timeline.threads.at(0);
  ASSERT_EQ(thread.calls.size(), 1U) << "one within another is waited for once";
  EXPECT_EQ(thread.calls.begin(0), 20);
  EXPECT_EQ(thread.calls.end(0), 50);
  EXPECT_EQ(thread.calls.task(0), trace.tasks.find(2));
  ASSERT_EQ(thread.spans.size(), 1U);
  EXPECT_EQ(thread.spans[0].size(), 1U);
}

TEST(TimelineRows, GoOnToTheEndOfTheTrace) {
  OneLoop one;
  const auto other = one.writer.thread("other", 4717);
  one.writer.batch(one.main, 1,
                   {task_created(at(0), 1, one.work), task_created(at(0), 2, one.work),
                    poll_end(at(50), one.loop, 1), span_begin(at(60), 1), span_begin(at(70), 2)});
  one.writer.batch(other, 1, {task_created(at(90), 5, one.work)});
  one.writer.end(loopscope::End::KILLED, 0, at(1'000));
  const model::Trace trace = read(one.writer.bytes());
  ASSERT_EQ(trace.end, 1'000);
  const model::ThreadRows& thread = trace.timeline.threads.at(0);
  ASSERT_EQ(thread.spans.size(), 2U);
  EXPECT_EQ(thread.spans[0].begin(0), 60);
  EXPECT_EQ(thread.spans[0].end(0), 1'000);
  EXPECT_EQ(thread.spans[1].begin(0), 70);
  EXPECT_EQ(thread.spans[1].end(0), 1'000);
  const IntervalRow& ticks = trace.timeline.loops.at(0).ticks;
  ASSERT_EQ(ticks.size(), 1U);
  EXPECT_EQ(ticks.begin(0), 50);
  EXPECT_EQ(ticks.end(0), 1'000);
}

TEST(TimelineRows, AreNoDeeperThanAViewShows) {
  OneLoop one;
  std::vector<testing::Event> events;
  constexpr std::uint64_t kDepth = model::kMaxSpanDepth + 7;
  for (std::uint64_t i = 1; i <= kDepth; ++i) events.push_back(task_created(at(i), i, one.work));
  for (std::uint64_t i = 1; i <= kDepth; ++i) events.push_back(span_begin(at(100 + i), i));
  for (std::uint64_t i = 1; i <= kDepth; ++i) events.push_back(span_end(at(200 + i)));
  one.writer.batch(one.main, 1, events);
  const model::Trace trace = read(one.writer.bytes());
  ASSERT_EQ(trace.timeline.threads.at(0).spans.size(), model::kMaxSpanDepth);
  EXPECT_EQ(trace.timeline.threads.at(0).spans.back().begin(0),
            100 + static_cast<Time>(model::kMaxSpanDepth));
}

TEST(TimelineRows, CountAFinishThatIsToldBeforeItsCreation) {
  TraceWriter writer;
  const auto main = writer.thread("main", 4711);
  const auto other = writer.thread("other", 4717);
  const auto work = writer.site("work", {0x401000});
  writer.batch(main, 1, {task_finished(at(100), 1), task_created(at(300), 2, work)});
  writer.batch(other, 1, {task_created(at(200), 1, work)});
  const model::Trace trace = read(writer.bytes());
  const model::PendingHistory& pending = trace.timeline.pending;
  ASSERT_EQ(pending.finished(), 1U);
  EXPECT_EQ(pending.finished_task(0), trace.tasks.find(1));
  EXPECT_EQ(pending.pending_at(trace.tasks, 199), 0U);
  EXPECT_EQ(pending.pending_at(trace.tasks, 200), 0U);
  EXPECT_EQ(pending.pending_at(trace.tasks, 300), 1U);
}

TEST(TimelineRows, AgreeWithTheSumsOfTheTrace) {
  for (const unsigned seed : {7U, 23U, 101U}) {
    const std::string bytes = testing::random_trace({.seed = seed, .threads = 1}).bytes();
    const model::Trace trace = read(bytes);
    const model::Trace without = read(bytes, false);
    EXPECT_EQ(trace.events, without.events);
    EXPECT_EQ(trace.peak_pending, without.peak_pending);
    EXPECT_EQ(trace.end, without.end);

    std::uint64_t pending = 0;
    for (const model::Site& site : trace.sites) pending += site.pending();
    EXPECT_GT(trace.tasks.size(), 200U);
    const model::PendingHistory& history = trace.timeline.pending;
    EXPECT_EQ(history.pending_at(trace.tasks, trace.end), pending);
    EXPECT_EQ(history.extent(trace.tasks, trace.begin, trace.end + 1).most, trace.peak_pending);
    const std::vector<std::uint64_t> by_site = history.pending_by_site_at(trace.tasks, trace.end);
    for (std::size_t site = 0; site < by_site.size(); ++site) {
      EXPECT_EQ(by_site[site], trace.sites[site].pending()) << site;
    }
    for (std::size_t loop = 0; loop < trace.loops.size(); ++loop) {
      const model::LoopRows& rows = trace.timeline.loops[loop];
      EXPECT_EQ(rows.ticks.size(), trace.loops[loop].tick_busy.count());
      EXPECT_EQ(rows.ticks.sum(trace.begin - 1, trace.end + 1).covered, trace.loops[loop].busy_ns);
      EXPECT_EQ(rows.polls.sum(trace.begin - 1, trace.end + 1).covered, trace.loops[loop].idle_ns);
    }
  }
}

}  // namespace
}  // namespace loopscope::trace
