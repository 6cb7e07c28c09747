// What the headers tell, held against what the events tell.
#include "viewer/trace/overview.h"

#include <numeric>

#include <gtest/gtest.h>

#include "tests/support/sample_trace.h"
#include "tests/viewer/trace/random_trace.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::trace {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

Overview overview_of(const std::string& bytes) {
  Result<Overview> result = read_overview(bytes_of(bytes), "t.pb");
  EXPECT_TRUE(result.ok()) << result.error().text();
  return result.ok() ? *std::move(result) : Overview{};
}

TEST(Overview, TellsWhatEachBatchSaysOfItself) {
  const Overview overview = overview_of(testing::sample_trace().bytes());
  EXPECT_EQ(overview.process.pid, 4711u);
  EXPECT_EQ(overview.begin, 0);
  EXPECT_EQ(overview.end, 53 * kMillisecond);
  EXPECT_TRUE(overview.end_seen);
  EXPECT_EQ(overview.end_reason, model::EndReason::exit);
  EXPECT_EQ(overview.lost_events, 17u);
  ASSERT_EQ(overview.losses.size(), 1u);
  EXPECT_EQ(overview.losses[0].reason, "no free chunk in the pool");
  EXPECT_EQ(overview.created, 5u);
  ASSERT_FALSE(overview.batches.empty());
  const BatchOverview& first = overview.batches.front();
  EXPECT_EQ(first.thread, 1u);
  EXPECT_GT(first.events, 0u);
  EXPECT_LT(first.begin, first.end);
  EXPECT_EQ(std::accumulate(first.count.begin(), first.count.end(), std::uint64_t{0}), first.events);
}

TEST(Overview, AgreesWithTheEvents) {
  const std::string bytes = testing::random_trace({.seed = 41}).bytes();
  const Overview overview = overview_of(bytes);
  const Result<ReadTrace> read = read_trace({bytes_of(bytes)}, {});
  ASSERT_TRUE(read.ok());
  const model::Trace& trace = read->trace;
  EXPECT_EQ(overview.events, trace.events);
  EXPECT_EQ(overview.created, trace.tasks.size());
  EXPECT_EQ(overview.end, trace.end);
  ASSERT_EQ(overview.threads.size(), trace.threads.size());
  for (std::size_t i = 0; i < trace.threads.size(); ++i) {
    EXPECT_EQ(overview.threads[i].name, trace.threads[i].name);
    EXPECT_EQ(overview.threads[i].events, trace.threads[i].events);
  }
  std::int64_t pending = 0;
  for (const BatchOverview& batch : overview.batches) {
    pending += batch.live_delta();
    EXPECT_LE(batch.min_task, batch.max_task);
  }
  std::int64_t expected = 0;
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) expected += trace.tasks.pending(task);
  EXPECT_EQ(pending, expected);
}

TEST(Overview, LooksAtNoEvent) {
  testing::TraceWriter writer;
  const auto site = writer.site("work");
  std::vector<testing::Event> events;
  for (std::uint64_t i = 1; i <= 5003; ++i) events.push_back(testing::task_created(1000 + i * i, i, site));
  const std::size_t from = writer.bytes().size();
  writer.batch(1, 1, events, testing::Packing::raw);
  std::string bytes = writer.bytes();
  ASSERT_GT(bytes.size() - from, 10'000u);
  bytes[bytes.size() - 1000] ^= 1;
  EXPECT_EQ(overview_of(bytes).events, 5003u);
  EXPECT_EQ(overview_of(bytes).damaged_packets, 0u);
}

TEST(Overview, FindsItsWayBehindDamage) {
  const testing::TraceWriter writer = testing::random_trace({.seed = 43});
  const Overview whole = overview_of(writer.bytes());
  // The length of a batch's packet is wrong: that one is lost, those behind it are not.
  std::string bytes = writer.bytes();
  const std::size_t packet = writer.offsets()[writer.offsets().size() / 2];
  bytes[packet + 1] ^= 1;
  const Overview damaged = overview_of(bytes);
  EXPECT_GE(damaged.damaged_packets, 1u);
  EXPECT_GE(damaged.batches.size() + 1, whole.batches.size());
  EXPECT_TRUE(damaged.end_seen);
}

TEST(Overview, IsReadOfATraceCutAtEveryByteAndFlippedInEveryBit) {
  const std::string whole = testing::sample_trace().bytes();
  for (std::size_t cut = 1; cut <= whole.size(); ++cut) {
    const Result<Overview> result = read_overview(bytes_of(whole.substr(0, cut)));
    ASSERT_TRUE(result.ok()) << cut;
    ASSERT_LE(result->created, 5u);
  }
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const Result<Overview> result = read_overview(bytes_of(flipped));
    ASSERT_TRUE(result.ok()) << bit;
    ASSERT_EQ(result->damaged_packets + result->torn_tail, 1u) << "small packets are checked; bit " << bit;
  }
}

TEST(Overview, RefusesWhatIsNoTrace) {
  EXPECT_FALSE(read_overview(bytes_of(std::string(10007, 'x'))).ok());
  EXPECT_FALSE(read_overview(std::string("/nowhere/t.pb")).ok());
}

}  // namespace
}  // namespace loopscope::trace
