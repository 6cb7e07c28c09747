// What the reader makes of a sound trace.
#include "viewer/trace/read_trace.h"

#include <gtest/gtest.h>

#include "tests/support/sample_trace.h"
#include "tests/support/trace_writer.h"

namespace loopscope::trace {
namespace {

using testing::TraceWriter;

ReadTrace read(const TraceWriter& writer, const ReadOptions& options = {}) {
  Result<ReadTrace> result = read_trace({std::as_bytes(std::span(writer.bytes()))}, options);
  EXPECT_TRUE(result.ok()) << result.error().text();
  return result.ok() ? *std::move(result) : ReadTrace{};
}

constexpr Time ms(std::int64_t number) { return number * kMillisecond; }

TEST(ReadTrace, TellsWhoWasRecordedAndHowItEnded) {
  const model::Trace trace = read(testing::sample_trace(), {.path = "t.pb"}).trace;
  EXPECT_EQ(trace.path, "t.pb");
  EXPECT_EQ(trace.process.pid, 4711u);
  EXPECT_EQ(trace.process.executable, "/usr/bin/program");
  EXPECT_EQ(trace.process.argv, (std::vector<std::string>{"program", "--fast"}));
  EXPECT_EQ(trace.process.clock, "monotonic, precise");
  EXPECT_EQ(trace.end_reason, model::EndReason::exit);
  EXPECT_EQ(trace.exit_code, 7);
  EXPECT_TRUE(trace.exit_code_known);
  EXPECT_EQ(trace.begin, 0);
  EXPECT_EQ(trace.end, ms(53));
  EXPECT_EQ(trace.agent.cpu_ns, 1'300'000);
  EXPECT_EQ(trace.agent.bytes, 1009u);
  EXPECT_TRUE(trace.integrity.end_seen);
  EXPECT_EQ(trace.integrity.lost_events, 17u);
  ASSERT_EQ(trace.integrity.losses.size(), 1u);
  EXPECT_EQ(trace.integrity.losses[0].reason, "no free chunk in the pool");
  EXPECT_EQ(trace.integrity.unmatched_events, 0u);
  EXPECT_FALSE(trace.integrity.torn_tail);
}

TEST(ReadTrace, TellsTheLivesOfTasks) {
  const model::Trace trace = read(testing::sample_trace()).trace;
  const model::TaskTable& tasks = trace.tasks;
  ASSERT_EQ(tasks.size(), 5u);
  const auto timer = tasks.find(1);
  const auto work = tasks.find(2);
  EXPECT_TRUE(tasks.pending(timer));
  EXPECT_EQ(tasks.run_ns(timer), ms(7));
  EXPECT_EQ(tasks.spans(timer), 1u);
  EXPECT_EQ(tasks.created(work), ms(14));
  EXPECT_EQ(tasks.finished(work), ms(31));
  EXPECT_EQ(tasks.parent(work), timer);
  EXPECT_EQ(tasks.run_ns(work), ms(8))
      << "7 ms on the worker and 1 ms on the loop; the lost begin is not guessed";
  EXPECT_EQ(tasks.spans(work), 3u);
  EXPECT_EQ(tasks.outcome(tasks.find(3)), model::Outcome::error);
  EXPECT_EQ(tasks.run_ns(tasks.find(3)), ms(1)) << "chained to the end of the span before it";
  EXPECT_EQ(tasks.outcome(tasks.find(4)), model::Outcome::cancelled);
  EXPECT_EQ(tasks.outcome(tasks.find(5)), model::Outcome::abandoned);
  EXPECT_EQ(trace.peak_pending, 5u);
  ASSERT_EQ(trace.failures.size(), 1u);
  EXPECT_EQ(trace.failures[0].code, -2);
  EXPECT_EQ(trace.failures[0].text, "ENOENT");
  ASSERT_EQ(trace.task_names.size(), 1u);
  EXPECT_EQ(trace.task_names[0].name, "the timer");
}

TEST(ReadTrace, CountsBySite) {
  const model::Trace trace = read(testing::sample_trace()).trace;
  ASSERT_EQ(trace.sites.size(), 4u);
  const model::Site& timer = trace.sites[trace.tasks.site(trace.tasks.find(1))];
  EXPECT_EQ(timer.kind, "uv_timer");
  ASSERT_EQ(timer.stack.size(), 2u);
  EXPECT_EQ(timer.stack[0].address, 0x401000u);
  EXPECT_EQ(timer.created, 3u);
  EXPECT_EQ(timer.pending(), 1u);
  EXPECT_EQ(timer.failed, 1u);
  EXPECT_EQ(timer.abandoned, 1u);
  EXPECT_EQ(timer.run_ns, ms(8));
  EXPECT_EQ(timer.span.max(), ms(7));
  const model::Site& work = trace.sites[trace.tasks.site(trace.tasks.find(2))];
  EXPECT_EQ(work.lifetime.max(), ms(17));
  const model::Site& poll = trace.sites[trace.tasks.site(trace.tasks.find(4))];
  EXPECT_TRUE(poll.is(model::kSubscription));
  EXPECT_EQ(poll.cancelled, 1u);
}

TEST(ReadTrace, MeasuresTheLoop) {
  const model::Trace trace = read(testing::sample_trace()).trace;
  ASSERT_EQ(trace.loops.size(), 1u);
  const model::Loop& loop = trace.loops[0];
  EXPECT_EQ(loop.kind, "libuv");
  EXPECT_EQ(loop.thread, "main");
  EXPECT_EQ(loop.tid, 4711u);
  EXPECT_EQ(loop.ticks, 2u);
  EXPECT_EQ(loop.busy_ns, ms(8 + 1));
  EXPECT_EQ(loop.idle_ns, ms(13 + 9)) << "closed in its last poll: what follows is not idling";
  EXPECT_EQ(loop.tick_busy.max(), ms(8));
  EXPECT_EQ(loop.poll_delay.count(), 1u);
  EXPECT_EQ(loop.poll_delay.max(), ms(3));
  EXPECT_EQ(loop.zero_timeout_polls, 1u);
  // The caller's sample of 1 ms; task 1 due at 11, begun at 13; task 3 run 7 ms after the loop woke; task 2
  // ready at 29, begun at 30.
  EXPECT_EQ(loop.lag.count(), 4u);
  EXPECT_EQ(loop.lag.sum(), ms(1 + 2 + 7 + 1));
  EXPECT_FALSE(loop.lag_from_ticks);
  ASSERT_EQ(loop.long_ticks.size(), 2u);
  EXPECT_EQ(loop.long_ticks[0].begin, ms(13));
  EXPECT_EQ(loop.long_ticks[0].busy, ms(8));
  Nanos sliced = 0;
  for (const Nanos busy : loop.busy_by_slice) sliced += busy;
  EXPECT_EQ(sliced, loop.busy_ns);
}

TEST(ReadTrace, CallsNoLoopLateThatNobodyRanYet) {
  TraceWriter writer;
  const auto loop = writer.loop("libevent", 1);
  const auto site = writer.site("event", {1}, 0);
  writer.batch(1, 1,
               {testing::task_created(1000, 1, site),
                testing::task_due(1, 10),
                testing::task_created(1020, 2, site),
                {.kind = LOOP_ENTERED, .ticks = 5000, .values = {loop}},
                testing::span_begin(5003, 1),
                testing::span_end(5004),
                testing::poll_begin(5005, loop, 0),
                testing::poll_end(5006, loop, 0),
                {.kind = LOOP_LEFT, .ticks = 5007, .values = {loop}},
                testing::task_ready(5010, 2),
                {.kind = LOOP_ENTERED, .ticks = 7000, .values = {loop}},
                testing::span_begin(7001, 2),
                testing::span_end(7002)});
  const model::Trace trace = read(writer).trace;
  ASSERT_EQ(trace.loops.size(), 1u);
  EXPECT_EQ(trace.loops[0].lag.count(), 2u);
  EXPECT_EQ(trace.loops[0].lag.sum(), 3 + 1991)
      << "left again, and not run for what became ready: that is late";
  EXPECT_EQ(trace.sites[trace.tasks.site(trace.tasks.find(1))].queue_delay.max(), 3993)
      << "its wait stays a fact";
}

TEST(ReadTrace, KeepsEdgesLabelsGaugesAndPauses) {
  const ReadTrace read_back = read(testing::sample_trace());
  const model::Trace& trace = read_back.trace;
  ASSERT_EQ(trace.edges.size(), 2u);
  EXPECT_EQ(trace.edges[0].kind, model::Edge::Kind::await);
  EXPECT_EQ(trace.edges[0].from, trace.tasks.find(1));
  EXPECT_EQ(trace.edges[0].to, trace.tasks.find(2));
  EXPECT_EQ(trace.edges[0].end, ms(31));
  EXPECT_EQ(trace.edges[1].kind, model::Edge::Kind::cancel);
  EXPECT_EQ(trace.edges[1].from, trace.tasks.find(1));
  EXPECT_EQ(trace.edges[1].to, trace.tasks.find(4));
  ASSERT_EQ(trace.labels.size(), 1u);
  EXPECT_EQ(trace.labels[0].key + "=" + trace.labels[0].value, "request=r-23");
  ASSERT_EQ(trace.gauges.size(), 1u);
  EXPECT_EQ(trace.gauges[0].unit, "requests");
  EXPECT_EQ(trace.gauges[0].number, std::vector<double>{2.5});
  ASSERT_EQ(trace.pauses.size(), 1u);
  EXPECT_EQ(trace.pauses[0].kind, "gc minor");
  EXPECT_EQ(trace.pauses[0].duration, ms(2));
  ASSERT_EQ(trace.modules.size(), 1u);
  EXPECT_EQ(trace.modules[0].build_id, "0123abcd");
  EXPECT_EQ(read_back.embedded.size(), 1u);
  ASSERT_FALSE(trace.longest_spans.empty());
  EXPECT_EQ(trace.longest_spans[0].duration, ms(7));
}

TEST(ReadTrace, SumsTheBytesOfTasksAndOfTheirSites) {
  TraceWriter writer;
  const auto site = writer.site("read");
  const auto other = writer.site("timer");
  writer.batch(
      1, 1,
      {testing::task_created(1001, 1025, site), testing::task_created(1002, 7, site),
       testing::task_created(1003, 8, other), testing::task_created(1004, 9, site), testing::task_bytes(7, 0),
       testing::task_bytes(1025, 23), testing::task_bytes(1025, 4'711), testing::task_finished(1011, 1025),
       testing::task_bytes(9, UINT64_MAX - 1), testing::task_bytes(9, 101)});
  for (const bool streaming : {false, true}) {
    ReadOptions options;
    if (streaming) options.streaming.emplace();
    const model::Trace trace = read(writer, options).trace;
    const model::TaskTable& tasks = trace.tasks;
    EXPECT_EQ(tasks.bytes(tasks.find(1025)), 4'734u);
    EXPECT_EQ(tasks.bytes(tasks.find(7)), 0u);
    EXPECT_EQ(tasks.bytes(tasks.find(8)), std::nullopt);
    EXPECT_EQ(tasks.bytes(tasks.find(9)), std::uint64_t{INT64_MAX} - 1);
    const model::Site& read_site = trace.sites[tasks.site(tasks.find(7))];
    EXPECT_EQ(read_site.with_bytes, 3u);
    EXPECT_EQ(read_site.bytes, UINT64_MAX);
    EXPECT_EQ(trace.sites[tasks.site(tasks.find(8))].with_bytes, 0u);
    EXPECT_EQ(trace.integrity.unmatched_events, 0u);
  }
}

TEST(ReadTrace, TakesBytesOfATaskThatAnotherThreadCreatesLater) {
  TraceWriter writer;
  const auto site = writer.site("read");
  writer.batch(1, 1, {testing::span_begin(1001, 2), testing::task_bytes(1, 23)});
  writer.batch(2, 1, {testing::task_created(1100, 2, site), testing::task_created(1100, 1, site)});
  const model::Trace trace = read(writer).trace;
  EXPECT_EQ(trace.tasks.bytes(trace.tasks.find(1)), 23u);
  EXPECT_EQ(trace.sites[trace.tasks.site(trace.tasks.find(1))].bytes, 23u);
}

TEST(ReadTrace, MergesSitesOfTheSameStack) {
  TraceWriter writer;
  const auto first = writer.site("uv_timer", {1, 2});
  const auto same = writer.site("uv_timer", {1, 2});
  const auto other = writer.site("uv_timer", {1, 3});
  const auto flagged = writer.site("uv_timer", {1, 2}, Site::DETACHED);
  writer.batch(1, 1,
               {testing::task_created(1000, 1, first), testing::task_created(1001, 2, same),
                testing::task_created(1002, 3, other), testing::task_created(1003, 4, flagged)});
  const model::Trace trace = read(writer).trace;
  EXPECT_EQ(trace.sites.size(), 4u);
  EXPECT_EQ(trace.tasks.site(0), trace.tasks.site(1));
  EXPECT_EQ(trace.sites[trace.tasks.site(0)].created, 2u);
  EXPECT_EQ(trace.sites[trace.tasks.site(0)].id, first);
}

TEST(ReadTrace, PlaysThreadsInTheOrderOfTimeWhateverTheOrderOfBatches) {
  TraceWriter writer;
  const auto site = writer.site("work");
  // The finish stands before the creation, and its thread's first event as well.
  writer.batch(2, 1,
               {testing::span_begin(1300, 7), testing::span_end(1400), testing::task_finished(1500, 7)});
  writer.batch(1, 1, {testing::task_created(1100, 7, site), testing::task_ready(1200, 7)});
  const model::Trace trace = read(writer).trace;
  ASSERT_EQ(trace.tasks.size(), 1u);
  EXPECT_EQ(trace.tasks.finished(0), 500);
  EXPECT_EQ(trace.sites[trace.tasks.site(0)].queue_delay.max(), 100) << "from ready to the begin";
  EXPECT_EQ(trace.integrity.unmatched_events, 0u);
  EXPECT_EQ(trace.peak_pending, 1u);
}

TEST(ReadTrace, TakesAFinishThatClocksPutBeforeItsCreation) {
  TraceWriter writer;
  const auto site = writer.site("work");
  writer.batch(1, 1, {testing::task_created(1100, 7, site)});
  writer.batch(2, 1, {testing::task_finished(1099, 7)});
  const model::Trace trace = read(writer).trace;
  EXPECT_FALSE(trace.tasks.pending(0));
  EXPECT_EQ(trace.integrity.unmatched_events, 0u);
}

TEST(ReadTrace, CountsALoopThatHangsInASpanAsBusyToTheEnd) {
  TraceWriter writer;
  const auto thread = writer.thread("main", 1);
  const auto loop = writer.loop("libuv", thread);
  const auto site = writer.site("uv_timer");
  writer.batch(thread, 1,
               {testing::task_created(1000, 1, site), testing::poll_begin(1000, loop, testing::kForEver),
                testing::poll_end(2000, loop, 1), testing::span_begin(2000, 1)});
  writer.epoch(7, 1000 + 101'000'000, 5'000'000 + 101'000'000);
  const model::Trace trace = read(writer).trace;
  EXPECT_EQ(trace.end_reason, model::EndReason::killed);
  EXPECT_EQ(trace.end, ms(101));
  EXPECT_EQ(trace.loops[0].tick_busy.max(), ms(101) - 1000);
  ASSERT_EQ(trace.longest_spans.size(), 1u);
  EXPECT_EQ(trace.longest_spans[0].duration, ms(101) - 1000);
}

TEST(ReadTrace, TakesBusyTimeForLagWhereCallbacksAreNotRecorded) {
  TraceWriter writer;
  const auto loop = writer.loop("epoll", 1);
  writer.batch(1, 1,
               {testing::poll_begin(1000, loop, testing::kForEver), testing::poll_end(2000, loop, 1),
                testing::poll_begin(2300, loop, testing::kForEver)});
  const model::Trace trace = read(writer).trace;
  EXPECT_TRUE(trace.loops[0].lag_from_ticks);
  EXPECT_EQ(trace.loops[0].lag.count(), 1u);
  EXPECT_EQ(trace.loops[0].lag.max(), 300);
}

TEST(ReadTrace, PutsALoopWithoutAThreadOnTheOneThatPollsIt) {
  TraceWriter writer;
  const auto loop = writer.loop("libuv", 0);
  const auto thread = writer.thread("main", 4711);
  writer.batch(thread, 1, {testing::poll_begin(1000, loop, 0), testing::poll_end(1001, loop, 0)});
  const model::Trace trace = read(writer).trace;
  EXPECT_EQ(trace.loops[0].thread, "main");
  EXPECT_EQ(trace.loops[0].tid, 4711u);
}

TEST(ReadTrace, ContinuesWithRecoveredPackets) {
  TraceWriter writer;
  const auto site = writer.site("work");
  writer.batch(1, 1, {testing::task_created(1100, 1, site)});
  const std::size_t cut = writer.bytes().size();
  writer.batch(1, 2, {testing::task_finished(1200, 1)});
  writer.end(End::KILLED, 0, 1300);
  const auto bytes = std::as_bytes(std::span(writer.bytes()));
  const Result<ReadTrace> result = read_trace({bytes.first(cut), bytes.subspan(cut)}, {});
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->trace.tasks.pending(0));
  EXPECT_TRUE(result->trace.integrity.recovered);
  EXPECT_TRUE(result->trace.integrity.end_seen);
  EXPECT_EQ(result->trace.integrity.missing_packets, 0u);
}

TEST(ReadTrace, PassesOverPacketsFieldsAndEventsOfALaterMinorVersion) {
  TraceWriter writer;
  const auto site = writer.site("work");
  Packet later;
  later.GetReflection()->MutableUnknownFields(&later)->AddLengthDelimited(99, "a new kind of packet");
  writer.packet(later);
  constexpr auto kNewKind = static_cast<EventKind>(77);
  writer.batch(1, 1,
               {testing::task_created(1100, 1, site), {.kind = kNewKind}, testing::task_finished(1200, 1)});
  const model::Trace trace = read(writer).trace;
  EXPECT_EQ(trace.integrity.damaged_packets, 0u);
  EXPECT_EQ(trace.integrity.missing_packets, 0u);
  EXPECT_FALSE(trace.tasks.pending(0));
  EXPECT_EQ(trace.events, 3u);
}

TEST(ReadTrace, RefusesALaterMajorVersion) {
  TraceWriter writer = TraceWriter::empty();
  Process process;
  process.set_format_version(2);
  writer.process(process);
  const Result<ReadTrace> result = read_trace({std::as_bytes(std::span(writer.bytes()))}, {.path = "new.pb"});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().text().find("new.pb: trace format 2 is newer"), std::string::npos)
      << result.error().text();
}

TEST(ReadTrace, RefusesWhatIsNoTrace) {
  const std::string text(10007, 'x');
  const Result<ReadTrace> result = read_trace({std::as_bytes(std::span(text))}, {.path = "x.pb"});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().text().find("not a loopscope trace"), std::string::npos);
  EXPECT_EQ(read_trace({}, {.path = "x.pb"}).error().what, "is empty");
}

TEST(ReadTrace, StopsWhenTold) {
  TraceWriter writer;
  const auto site = writer.site("work");
  for (std::uint64_t i = 1; i <= 11; ++i) writer.batch(1, i, {testing::task_created(1000 + i, i, site)});
  int asked = 0;
  ReadOptions options;
  options.progress = [&](double share) {
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1);
    return ++asked < 7;
  };
  const Result<ReadTrace> result = read_trace({std::as_bytes(std::span(writer.bytes()))}, options);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().what, "reading was cancelled");
  EXPECT_EQ(asked, 7);
}

TEST(ReadProcessHeader, IsCheapAndSaysWhereTheRingIs) {
  const TraceWriter writer;
  const auto bytes = std::as_bytes(std::span(writer.bytes()));
  const Result<ProcessHeader> header = read_process_header(bytes.first(writer.offsets()[1]));
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->session, "0123456789abcdef");
  EXPECT_EQ(header->ring_path, "/tmp/t.pb.ring");
  EXPECT_EQ(header->pid, 4711u);
  EXPECT_FALSE(read_process_header(bytes.first(writer.offsets()[1] - 1)).ok());
}

}  // namespace
}  // namespace loopscope::trace
