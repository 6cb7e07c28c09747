#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using model::kSubscription;
using testing::a_trace;
using testing::created_at;
using ::testing::DoubleNear;
using ::testing::Each;
using testing::every;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const TraceBuilder& trace) { return slow_io(trace.build(), Limits{}); }

TraceBuilder an_idle_server() {
  TraceBuilder builder = a_trace();
  builder.with_loop().with_ticks(97, every(100 * ms), 0, 3 * ms).with_lag(kSecond, ms, 997);
  return builder;
}

// Requests of handler.cpp:9, each of which awaits what is asked for at handler.cpp:23.
void ask(TraceBuilder& server, int requests, Nanos takes, const char* awaited, int times = 1) {
  server.with_site("coroutine", "main.cpp", 5).with_task(created_at(0));
  const std::uint64_t main = server.last_task();
  for (int i = 0; i < requests; ++i) {
    const Time at = i * 97 * ms;
    server.with_site("coroutine", "handler.cpp", 9)
        .with_task(created_at(at).child_of(main).finished_at(at + times * takes));
    const std::uint64_t request = server.last_task();
    server.with_await(main, request, at, at + times * takes);
    server.with_site("await", "handler.cpp", 23).named(awaited);
    for (int time = 0; time < times; ++time)
      server.with_await(request, 0, at + time * takes, at + (time + 1) * takes);
  }
}

TEST(SlowIo, TellsWhichFileOperationsRequestsWaitFor) {
  TraceBuilder server = an_idle_server();
  server.with_site("uv_fs_read", "blocks.c", 12, 0, "load")
      .with_tasks(23, every(301 * ms), created_at(0).finished_at(311 * ms));
  server.with_site("uv_fs_stat", "blocks.c", 34)
      .with_tasks(97, every(100 * ms), created_at(0).finished_at(ms));
  const auto findings = detect(server);
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.detector, "slow-io");
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_EQ(found.site, 1u);
  EXPECT_EQ(found.title, "uv_fs_read takes up to 311 ms while the loops are 2.9 % busy: load (blocks.c:12)");
  EXPECT_EQ(evidence(found, "operations"), 23);
  EXPECT_THAT(evidence(found, "lifetime_p50"), DoubleNear(311, 10));
  EXPECT_EQ(evidence(found, "lifetime_max"), 311);
  EXPECT_EQ(evidence(found, "waiting_total"), 23 * 311);
  EXPECT_THAT(evidence(found, "share_of_waiting"), DoubleNear(100.0 * 23 * 311 / (23 * 311 + 97), 0.1));
  EXPECT_THAT(evidence(found, "waiting_in_uv_fs_read"), DoubleNear(98.7, 0.1));
  EXPECT_THAT(evidence(found, "waiting_in_uv_fs_stat"), DoubleNear(1.3, 0.1));
  EXPECT_THAT(found.tasks, SizeIs(kMaxExamples));
  EXPECT_THAT(found.price, DoubleNear(23 * 0.311, 1e-6));
}

TEST(SlowIo, IsNotReportedForADiskThatAnswers) {
  TraceBuilder server = an_idle_server();
  server.with_site("uv_fs_read", "blocks.c", 12)
      .with_tasks(997, every(10 * ms), created_at(0).finished_at(7 * ms))
      .with_tasks(3, every(kSecond), created_at(0).finished_at(401 * ms));
  EXPECT_THAT(detect(server), IsEmpty());
}

TEST(SlowIo, LeavesABusyOrLateLoopToOthers) {
  TraceBuilder busy = a_trace();
  busy.with_loop().with_ticks(97, every(100 * ms), 0, 61 * ms);
  TraceBuilder late = an_idle_server();
  late.with_lag(kSecond, 101 * ms, 97);
  for (TraceBuilder* server : {&busy, &late}) {
    server->with_site("uv_fs_read", "blocks.c", 12)
        .with_tasks(23, every(301 * ms), created_at(0).finished_at(311 * ms));
    EXPECT_THAT(detect(*server), IsEmpty());
  }
}

TEST(SlowIo, MindsAPeerOnlyWhereSomebodyWaitsForIt) {
  TraceBuilder alone = an_idle_server();
  alone.with_site("uv_tcp_connect", "peer.c", 12)
      .with_tasks(23, every(301 * ms), created_at(0).finished_at(503 * ms));
  const auto findings = detect(alone);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_TRUE(findings[0].candidate);

  TraceBuilder labelled = an_idle_server();
  labelled.with_site("request", "http.c", 3).with_task(created_at(0)).with_label(1, "request", "GET /");
  labelled.with_site("uv_tcp_connect", "peer.c", 12)
      .with_tasks(23, every(301 * ms), created_at(0).child_of(1).finished_at(503 * ms));
  ASSERT_THAT(detect(labelled), SizeIs(1));
  EXPECT_EQ(detect(labelled)[0].severity, Severity::warning);
  EXPECT_THAT(detect(labelled)[0].advice, HasSubstr("keep connections open"));
}

TEST(SlowIo, NamesWhatCoroutinesOfARequestAwait) {
  TraceBuilder server = an_idle_server();
  ask(server, 67, 401 * ms, "Backend::price_of(unsigned int)::Answer");
  const auto findings = detect(server);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info) << "only a name says what is awaited";
  EXPECT_TRUE(findings[0].candidate);
  EXPECT_EQ(evidence(findings[0], "operations"), 67);
  EXPECT_EQ(evidence(findings[0], "lifetime_max"), 401);
  EXPECT_THAT(findings[0].title, HasSubstr("price_of"));
}

TEST(SlowIo, DoesNotMindWaitsThatAreMeantSo) {
  for (const char* awaited :
       {"Loop::after(std::chrono::microseconds)::Timer", "Connection::Receive", "Mutex::Lock"}) {
    TraceBuilder server = an_idle_server();
    ask(server, 67, 401 * ms, awaited);
    EXPECT_THAT(detect(server), IsEmpty()) << awaited;
  }
  TraceBuilder server = an_idle_server();
  server.with_site("uv_timer", "t.c", 1).with_tasks(23, every(301 * ms), created_at(0).finished_at(701 * ms));
  server.with_site("socket.async_receive", "t.c", 2)
      .with_tasks(23, every(301 * ms), created_at(0).finished_at(701 * ms));
  server.with_site("socket.async_accept", "t.c", 3)
      .with_tasks(23, every(301 * ms), created_at(0).finished_at(701 * ms));
  server.with_site("uv_process", "t.c", 4)
      .with_tasks(23, every(301 * ms), created_at(0).finished_at(701 * ms));
  server.with_site("uv_fs_event", "t.c", 5, kSubscription)
      .with_tasks(23, every(301 * ms), created_at(0).finished_at(701 * ms));
  EXPECT_THAT(detect(server), IsEmpty());
}

TEST(SlowIo, TakesATaskThatAwaitsTheSameAgainAndAgainForALoopOfItsOwn) {
  TraceBuilder server = an_idle_server();
  ask(server, 3, 401 * ms, "Feed::Item", 13);
  ASSERT_THAT(detect(server), SizeIs(1));
  EXPECT_EQ(detect(server)[0].severity, Severity::info);
}

TEST(SlowIo, BlamesAFullPoolFirst) {
  TraceBuilder server = an_idle_server();
  server.with_site("uv_fs_read", "blocks.c", 12)
      .with_tasks(23, every(301 * ms), created_at(0).finished_at(311 * ms));
  server.off_loops().with_site("uv_work", "hash.c", 12);
  for (int i = 0; i < 97; ++i) {
    const Time begin = i * 101 * ms;
    server.with_task(
        created_at(std::max<Time>(0, begin - 503 * ms)).ran(begin, 101 * ms).finished_at(begin + 101 * ms));
  }
  server.raw().threads.push_back({9, 9, "worker", 0});
  model::Trace trace = server.build();
  for (model::Span& span : trace.longest_spans) span.thread = 1;
  const auto findings = slow_io(trace, Limits{});
  ASSERT_THAT(findings, Each(Field(&Finding::severity, Severity::info)));
  ASSERT_FALSE(findings.empty());
  EXPECT_THAT(findings.back().advice, HasSubstr("thread of the pool"));
}

TEST(SlowIo, LeavesWritesThatQueueUpToBackpressure) {
  TraceBuilder server = an_idle_server();
  server.with_site("uv_write", "feed.c", 12);
  for (int i = 0; i < 997; ++i) {
    const Time taken = (i + 1) * 13 * ms;
    const auto write = created_at(i * 10 * ms);
    server.with_task(taken < 10 * kSecond ? write.finished_at(taken) : write);
  }
  EXPECT_THAT(detect(server), IsEmpty());
  EXPECT_THAT(backpressure(server.build(), Limits{}), SizeIs(1));
}

TEST(SlowIo, LeavesWorkOfAFullPoolToPoolSaturation) {
  TraceBuilder server = an_idle_server();
  server.off_loops().with_site("uv_work", "hash.c", 12);
  for (int i = 0; i < 97; ++i) {
    const Time begin = i * 101 * ms;
    server.with_task(
        created_at(std::max<Time>(0, begin - 503 * ms)).ran(begin, 101 * ms).finished_at(begin + 101 * ms));
  }
  server.raw().threads.push_back({9, 9, "worker", 0});
  model::Trace trace = server.build();
  for (model::Span& span : trace.longest_spans) span.thread = 1;
  EXPECT_THAT(slow_io(trace, Limits{}), IsEmpty());
  EXPECT_THAT(pool_saturation(trace, Limits{}), SizeIs(1));
}

TEST(SlowIo, SurvivesAbsurdTraces) {
  TraceBuilder odd = an_idle_server();
  odd.with_site("uv_fs_read", "f.c", 1)
      .with_tasks(23, every(0), created_at(INT64_MIN).finished_at(kNever - 1));
  ask(odd, 23, 401 * ms, "Answer");
  odd.raw().edges.clear();
  model::Trace trace = odd.build();
  for (model::Edge& edge : trace.edges) edge.site = UINT32_MAX;
  trace.edges.push_back({model::Edge::Kind::await, model::kNoTask, model::kNoTask, INT64_MAX, INT64_MIN, 1});
  EXPECT_THAT(slow_io(trace, Limits{}), SizeIs(1));
  EXPECT_THAT(slow_io(model::Trace{}, Limits{}), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
