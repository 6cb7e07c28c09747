// Reading as a stream finds what reading as a whole finds, in memory that does not grow with the trace.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/viewer/trace/random_trace.h"
#include "viewer/analysis.h"
#include "viewer/report/json_report.h"
#include "viewer/trace/read_trace.h"

namespace loopscope {
namespace {

using Json = nlohmann::json;
using testing::RandomTrace;
using testing::TraceWriter;

class TemporaryTrace {
 public:
  explicit TemporaryTrace(const std::string& bytes) {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = ::testing::TempDir() + "streaming." + test->name() + ".pb";
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TemporaryTrace() { std::filesystem::remove(path_); }
  TemporaryTrace(const TemporaryTrace&) = delete;
  TemporaryTrace& operator=(const TemporaryTrace&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// They look at finished tasks one by one, which a stream has forgotten; their pages say so.
bool needs_finished_tasks(const std::string& detector) {
  static const std::set<std::string> kDetectors = {
      "sequential-awaits", "unbounded-fan-out",    "orphaned-siblings", "fire-and-forget",
      "unhandled-failure", "ignored-cancellation", "pool-saturation",   "slow-io"};
  return kDetectors.contains(detector);
}

// The report, without what a stream may not know: how it was read, the parents of examples, and what some detectors say.
Json report_of(const std::string& path, bool streaming, const detect::Limits& limits = {}) {
  AnalyzeOptions options;
  options.limits = limits;
  options.streaming = streaming;
  options.local_symbols = false;
  const Result<Analysis> analysis = analyze(path, options);
  if (!analysis) return {{"error", analysis.error().text()}};
  EXPECT_EQ(analysis->trace.streamed(), streaming);
  Json json = Json::parse(report::json_report(analysis->contents()));
  EXPECT_EQ(json["trace"]["streamed"], streaming);
  json["trace"].erase("streamed");
  EXPECT_EQ(json.erase("verdict"), 1u);
  Json findings = Json::array();
  for (Json& finding : json["findings"]) {
    if (needs_finished_tasks(finding["detector"])) continue;
    // Circles that were destroyed, and what was destroyed but for those: a stream keeps few of such tasks.
    const bool is_circle =
        finding["detector"] == "await-cycle" && !finding["tasks"][0]["finished_ms"].is_null();
    if (!is_circle && !finding["evidence"].contains("abandoned")) findings.push_back(std::move(finding));
  }
  json["findings"] = std::move(findings);
  for (Json& finding : json["findings"]) {
    for (Json& task : finding["tasks"]) EXPECT_EQ(task.erase("parents"), 1u);
  }
  return json;
}

// So that everything is worth a finding.
detect::Limits strict_limits() {
  detect::Limits limits;
  limits.young_ms = 0.01;
  limits.young_share = 0.3;
  limits.short_trace_ms = 1;
  limits.exit_ms = 5;
  limits.leak_tasks = 1;
  limits.leak_lifetimes = 1;
  limits.backlog_growth = 2;
  limits.backlog_subscriptions = 2;
  limits.backlog_confidence = 0.1;
  limits.backlog_late_share = 0;
  limits.backlog_share = 0;
  limits.lag_p99_ms = 0.01;
  limits.lag_max_ms = 0.01;
  return limits;
}

TEST(Streaming, FindsTheSameInEveryReleasedTrace) {
  int traces = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LOOPSCOPE_GOLDEN_TRACES)) {
    if (entry.path().extension() != ".pb") continue;
    SCOPED_TRACE(entry.path());
    EXPECT_EQ(report_of(entry.path(), false), report_of(entry.path(), true));
    EXPECT_EQ(report_of(entry.path(), false, strict_limits()),
              report_of(entry.path(), true, strict_limits()));
    ++traces;
  }
  EXPECT_GE(traces, 1);
}

TEST(Streaming, FindsTheSameInRandomTraces) {
  std::size_t findings = 0;
  for (const unsigned seed : {3U, 7U, 23U, 101U}) {
    for (const bool leaving : {false, true}) {
      const TemporaryTrace trace(testing::random_trace({.seed = seed,
                                                        .threads = 1 + seed % 3,
                                                        .batches = 61,
                                                        .steps = 1511,
                                                        .pending = 3 * seed,
                                                        .growing = seed < 20,
                                                        .leaving = leaving})
                                     .bytes());
      SCOPED_TRACE(seed);
      for (const detect::Limits& limits : {detect::Limits{}, strict_limits()}) {
        const Json whole = report_of(trace.path(), false, limits);
        EXPECT_EQ(whole, report_of(trace.path(), true, limits));
        findings += whole["findings"].size();
      }
    }
  }
  EXPECT_GT(findings, 50u);
}

TEST(Streaming, ForgetsWhatFinished) {
  // 10,007 requests one after the other, one in 1009 of them never finished; each creates a child that outlives it.
  TraceWriter writer;
  const auto site = writer.site("request", {0x1000});
  std::vector<testing::Event> events;
  std::uint64_t ticks = 1000;
  for (std::uint64_t id = 1; id <= 10'007; ++id) {
    events.push_back(testing::task_created(ticks += 100'000, id, site, id - 1));
    if (id > 1 && (id - 1) % 1009 != 0) events.push_back(testing::task_finished(ticks += 10'000, id - 1));
  }
  writer.batch(1, 1, events);
  writer.end(End::EXIT, 0, ticks);
  trace::ReadOptions options;
  options.streaming.emplace();
  const auto read = trace::read_trace({std::as_bytes(std::span(writer.bytes()))}, options);
  ASSERT_TRUE(read.ok());
  const model::Trace& trace = read->trace;
  EXPECT_EQ(trace.sites[1].created, 10'007u);
  EXPECT_EQ(trace.sites[1].pending(), 10u);
  EXPECT_EQ(trace.forgotten[1].tasks + trace.tasks.size(), 10'007u);
  EXPECT_LT(trace.tasks.size(), 5000u);
  std::size_t pending = 0;
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    if (!trace.tasks.pending(task)) continue;
    ++pending;
    if (trace.tasks.id(task) == 1) continue;
    const model::TaskIndex parent = trace.tasks.parent(task);
    ASSERT_NE(parent, model::kNoTask) << "the nearest parent stays";
    EXPECT_EQ(trace.tasks.id(parent) + 1, trace.tasks.id(task));
  }
  EXPECT_EQ(pending, 10u);
}

TEST(Streaming, NeedsNoMoreSlotsForALongerTrace) {
  // Requests one after the other, 23 of them at a time, each awaited by the one before it.
  const auto slots = [](std::uint64_t requests) {
    TraceWriter writer;
    const auto site = writer.site("request", {0x1000});
    std::uint64_t ticks = 1000;
    for (std::uint64_t first = 1; first <= requests; first += 2003) {
      std::vector<testing::Event> events;
      for (std::uint64_t id = first; id < first + 2003; ++id) {
        events.push_back(testing::task_created(ticks += 100, id, site, id - 1));
        if (id > 1)
          events.push_back({.kind = AWAIT_BEGIN, .ticks = ticks += 10, .task = id - 1, .other = id});
        events.push_back(testing::span_begin(ticks += 10, id));
        events.push_back(testing::span_end(ticks += 10 + id % 101));
        if (id > 23) events.push_back(testing::task_finished(ticks += 10, id - 23));
      }
      writer.batch(1, first, events);
    }
    writer.end(End::EXIT, 0, ticks);
    trace::ReadOptions options;
    options.streaming.emplace();
    const auto read = trace::read_trace({std::as_bytes(std::span(writer.bytes()))}, options);
    EXPECT_TRUE(read.ok());
    EXPECT_EQ(read->trace.peak_pending, 24u);
    EXPECT_GT(read->trace.sites[1].finished, requests - 100);
    EXPECT_LT(read->trace.edges.size(), read->trace.tasks.size());
    return read->task_slots;
  };
  // What stays whatever the length: the longest spans' tasks and those that finished last.
  const std::size_t some = slots(50'003);
  EXPECT_LT(some, model::kMaxLongSpans + 8009);
  EXPECT_LE(slots(150'001), some + 1501);
}

TEST(Streaming, KeepsTasksThatCanNeverBeResumed) {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t site = trace.site("coroutine");
  constexpr std::uint64_t kMs = 1'000'000;
  std::vector<testing::Event> events;
  constexpr std::uint64_t kLost[] = {7, 4001, 9001};
  for (std::uint64_t task = 1; task <= 10'007; ++task) {
    events.push_back(testing::task_created(task * kMs, task, site));
    if (std::find(std::begin(kLost), std::end(kLost), task) == std::end(kLost)) {
      events.push_back(testing::task_finished(task * kMs + 11, task));
    }
  }
  trace.batch(main, 1, events);
  Packet packet;
  Reachability& found = *packet.mutable_reachability();
  found.set_check(1);
  found.set_ticks(10'009 * kMs);
  found.set_suspended(3);
  found.set_unreachable(3);
  for (const std::uint64_t task : kLost) found.add_tasks(task);
  trace.packet(packet);
  trace.end(End::EXIT, 0, 10'009 * kMs);
  const TemporaryTrace file(trace.bytes());
  const Json whole = report_of(file.path(), false), streamed = report_of(file.path(), true);
  EXPECT_EQ(streamed, whole);
  EXPECT_EQ(streamed["tasks"]["never_resumable"], 3);
  ASSERT_EQ(streamed["findings"].size(), 1u);
  EXPECT_EQ(streamed["findings"][0]["evidence"]["never_resumable"]["value"], 3);
}

}  // namespace
}  // namespace loopscope
