// Whoever unpacks, and when: the model is the same.
#include <gtest/gtest.h>

#include "tests/viewer/trace/random_trace.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::trace {
namespace {

model::Trace read(const std::string& bytes, unsigned workers) {
  ReadOptions options;
  options.workers = workers;
  Result<ReadTrace> result = read_trace({std::as_bytes(std::span(bytes))}, options);
  EXPECT_TRUE(result.ok());
  return result.ok() ? std::move(result->trace) : model::Trace{};
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

TEST(SecondThread, ChangesNothingOfADamagedTrace) {
  const testing::TraceWriter writer = testing::random_trace({.seed = 31});
  std::string bytes = writer.bytes();
  for (std::size_t at = 0; at < 23; ++at) bytes[bytes.size() / 23 * at + 11] ^= 0x10;
  expect_same(read(bytes, 1), read(bytes, 2));
}

TEST(SecondThread, EndsWhenReadingIsCancelled) {
  const std::string bytes = testing::random_trace({.seed = 5}).bytes();
  ReadOptions options;
  options.workers = 2;
  int asked = 0;
  options.progress = [&](double) { return ++asked < 3; };
  const Result<ReadTrace> result = read_trace({std::as_bytes(std::span(bytes))}, options);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().what, "reading was cancelled");
}

}  // namespace
}  // namespace loopscope::trace
