// What the reader makes of a trace that was cut, flipped or forged.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/sample_trace.h"
#include "tests/support/trace_writer.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::trace {
namespace {

using testing::TraceWriter;

Result<ReadTrace> read(const std::string& bytes, const ReadOptions& options = {}) {
  return read_trace({std::as_bytes(std::span(bytes))}, options);
}

TEST(CutTrace, IsReadAtEveryByte) {
  const TraceWriter writer = testing::sample_trace();
  const std::string& whole = writer.bytes();
  const auto& offsets = writer.offsets();
  std::size_t tasks = 0;
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    const Result<ReadTrace> result = read(whole.substr(0, cut));
    if (cut == 0) {
      ASSERT_FALSE(result.ok());
      continue;
    }
    ASSERT_TRUE(result.ok()) << cut << ": " << result.error().text();
    const model::Integrity& integrity = result->trace.integrity;
    const bool between = std::binary_search(offsets.begin(), offsets.end(), cut);
    ASSERT_EQ(integrity.torn_tail, !between) << cut;
    const std::size_t packet_begin = *(std::upper_bound(offsets.begin(), offsets.end(), cut) - 1);
    ASSERT_EQ(integrity.torn_at, between ? 0 : packet_begin) << cut;
    ASSERT_EQ(integrity.damaged_packets, 0u) << cut;
    ASSERT_EQ(integrity.end_seen, cut == whole.size()) << cut;
    ASSERT_GE(result->trace.tasks.size(), tasks) << "a longer piece holds no less; " << cut;
    tasks = result->trace.tasks.size();
  }
  EXPECT_EQ(tasks, 5u);
}

TEST(FlippedTrace, IsReadWithEveryBitOfEveryByteFlipped) {
  const std::string whole = testing::sample_trace().bytes();
  const std::size_t header_end = testing::sample_trace().offsets()[1];
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
      const Result<ReadTrace> result = read(flipped);
      ASSERT_TRUE(result.ok()) << at;
      ASSERT_EQ(result->trace.process.pid != 0, at >= header_end)
          << "the header is taken whole or not at all";
      const model::Trace& trace = result->trace;
      ASSERT_LE(trace.tasks.size(), 5u) << at;
      ASSERT_LE(trace.events, 36u) << at;
      // A flipped bit costs one packet, and it is told.
      const model::Integrity& integrity = trace.integrity;
      ASSERT_EQ(integrity.damaged_packets + integrity.torn_tail, 1u) << at << " bit " << bit;
      ASSERT_EQ(integrity.missing_packets, 0u) << at;
    }
  }
}

TEST(DamagedTrace, SkipsGarbageBetweenPackets) {
  TraceWriter writer;
  const auto site = writer.site("work");
  writer.batch(1, 1, {testing::task_created(1100, 1, site)});
  std::string bytes = writer.bytes();
  const std::string garbage = std::string("\x0a\x20\x0d garbage that begins like a packet \x0a\x0a\x0a", 40);
  bytes += garbage;
  const std::size_t before = writer.bytes().size();
  writer.batch(1, 2, {testing::task_created(1200, 2, site)});
  bytes += writer.bytes().substr(before);
  const Result<ReadTrace> result = read(bytes);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->trace.tasks.size(), 2u);
  EXPECT_EQ(result->trace.integrity.skipped_bytes, garbage.size());
  EXPECT_EQ(result->trace.integrity.damaged_packets, 1u);
  EXPECT_EQ(result->trace.integrity.missing_packets, 0u);
}

TEST(DamagedTrace, CountsMissingPacketsByTheirSequence) {
  TraceWriter writer;
  const auto site = writer.site("work");
  writer.batch(1, 1, {testing::task_created(1100, 1, site)});
  writer.skip_sequence(7);
  writer.batch(1, 2, {testing::task_created(1200, 2, site)});
  const Result<ReadTrace> result = read(writer.bytes());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->trace.integrity.missing_packets, 7u);
  EXPECT_FALSE(result->trace.integrity.complete());
}

TEST(DamagedTrace, PlaysNoPacketTwice) {
  TraceWriter writer;
  const auto site = writer.site("work");
  const std::size_t from = writer.bytes().size();
  writer.batch(1, 1, {testing::task_created(1100, 1, site), testing::task_finished(1101, 1)});
  const Result<ReadTrace> result = read(writer.bytes() + writer.bytes().substr(from));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->trace.events, 2u);
  EXPECT_EQ(result->trace.integrity.damaged_packets, 1u);
}

TEST(DamagedTrace, TakesOpenSpansFromTheBatchAfterALostOne) {
  TraceWriter writer;
  const auto site = writer.site("work");
  writer.batch(1, 1, {testing::task_created(1100, 1, site), testing::task_created(1100, 2, site)});
  const std::size_t lost_from = writer.bytes().size();
  writer.batch(1, 2, {testing::span_begin(1200, 1), testing::span_begin(1300, 2)});
  const std::size_t lost_to = writer.bytes().size();
  writer.batch(1, 3, {testing::span_end(1407), testing::span_end(1511), testing::span_end(1600)});
  const std::string bytes = writer.bytes().substr(0, lost_from) + writer.bytes().substr(lost_to);
  const Result<ReadTrace> result = read(bytes);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->trace.tasks.run_ns(1), 107);
  EXPECT_EQ(result->trace.tasks.run_ns(0), 311);
  EXPECT_EQ(result->trace.integrity.missing_packets, 1u);
  EXPECT_EQ(result->trace.integrity.unmatched_events, 1u) << "the third end has no begin";
}

TEST(DamagedTrace, CountsWhatRefersToNothing) {
  TraceWriter writer;
  const auto site = writer.site("work");
  writer.batch(1, 1,
               {testing::span_end(1001), testing::task_finished(1002, 99), testing::task_ready(1003, 98),
                testing::task_created(1004, 1, site + 23), testing::task_finished(1005, 1),
                testing::task_finished(1006, 1), testing::task_bytes(97, 23)});
  const Result<ReadTrace> result = read(writer.bytes());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->trace.integrity.unmatched_events, 5u);
  EXPECT_EQ(result->trace.tasks.size(), 1u);
  EXPECT_EQ(result->trace.tasks.site(0), model::kNoSite)
      << "a site that was never defined is the unknown one";
  EXPECT_EQ(result->trace.tasks.finished(0), 5);
}

// A batch whose shape is wrong counts as damaged as a whole.
class ForgedBatch : public ::testing::Test {
 protected:
  void expect_damaged(const Batch& batch) {
    TraceWriter writer;
    writer.site("work");
    Packet packet;
    *packet.mutable_batch() = batch;
    writer.packet(packet);
    writer.batch(2, 1, {testing::task_created(2000, 2, 1)});
    const Result<ReadTrace> result = read(writer.bytes());
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->trace.integrity.damaged_packets, 1u);
    EXPECT_EQ(result->trace.tasks.size(), 1u) << "nothing of the damaged batch, all of the sound one";
    EXPECT_EQ(result->trace.events, 1u);
  }

  static Batch sound(testing::Packing packing) {
    return testing::encode_batch(
        1, 1, 1000, {},
        {testing::task_created(1001, 1, 1), testing::span_begin(1002, 1), testing::task_bytes(1, 23),
         testing::span_end(1003), testing::task_finished(1004, 1)},
        packing);
  }
  static Columns columns_of(const Batch& raw) {
    Columns columns;
    EXPECT_TRUE(columns.ParseFromString(raw.columns()));
    return columns;
  }
};

TEST_F(ForgedBatch, WithAColumnTooShort) {
  for (const int which : {0, 1, 2, 3, 4, 5, 6}) {
    Batch batch = sound(testing::Packing::raw);
    Columns columns = columns_of(batch);
    if (which == 0) columns.mutable_time_deltas()->RemoveLast();
    if (which == 1) columns.mutable_created_deltas()->RemoveLast();
    if (which == 2) columns.mutable_task_deltas()->RemoveLast();
    if (which == 3) columns.clear_parents();
    if (which == 4) columns.clear_sites();
    if (which == 5) columns.clear_byte_task_deltas();
    if (which == 6) columns.clear_byte_counts();
    testing::pack_columns(batch, columns.SerializeAsString(), testing::Packing::zstd);
    expect_damaged(batch);
  }
}

TEST_F(ForgedBatch, WithAColumnTooLong) {
  for (const int which : {0, 1, 2}) {
    Batch batch = sound(testing::Packing::raw);
    Columns columns = columns_of(batch);
    if (which == 0) columns.add_values(7);
    if (which == 1) columns.add_byte_task_deltas(0);
    if (which == 2) columns.add_byte_counts(7);
    testing::pack_columns(batch, columns.SerializeAsString(), testing::Packing::raw);
    expect_damaged(batch);
  }
}

TEST_F(ForgedBatch, WithAVarintThatDoesNotEnd) {
  Batch batch = sound(testing::Packing::raw);
  Columns columns = columns_of(batch);
  columns.clear_time_deltas();
  std::string bytes = columns.SerializeAsString();
  bytes += std::string("\x12\x05\x01\x01\x01\x01\x80", 7);
  testing::pack_columns(batch, bytes, testing::Packing::raw);
  expect_damaged(batch);
}

TEST_F(ForgedBatch, WithVarintsOfHundredBytes) {
  Batch batch = sound(testing::Packing::raw);
  Columns columns = columns_of(batch);
  columns.clear_time_deltas();
  std::string bytes = columns.SerializeAsString();
  bytes += std::string("\x12\x68") + std::string(100, '\x80') + std::string("\x01\x01\x01\x01", 4);
  testing::pack_columns(batch, bytes, testing::Packing::raw);
  TraceWriter writer;
  Packet packet;
  *packet.mutable_batch() = batch;
  writer.packet(packet);
  EXPECT_TRUE(read(writer.bytes()).ok());
}

TEST_F(ForgedBatch, WithMoreEventsThanItHolds) {
  Batch batch = sound(testing::Packing::zstd);
  batch.set_events(4'000'000'000U);
  expect_damaged(batch);
}

TEST_F(ForgedBatch, WithASizeThatIsNotItsOwn) {
  for (const testing::Packing packing : {testing::Packing::zstd, testing::Packing::lz4}) {
    for (const std::uint32_t size : {0U, 1U, 4'000'000'000U}) {
      Batch batch = sound(packing);
      batch.set_raw_size(size);
      expect_damaged(batch);
    }
  }
}

TEST_F(ForgedBatch, WithACodecNobodyKnows) {
  Batch batch = sound(testing::Packing::zstd);
  batch.set_codec(static_cast<Codec>(17));
  expect_damaged(batch);
}

TEST(HostileTrace, PaysNoMemoryForLargeNumbers) {
  TraceWriter writer;
  const std::uint64_t huge = std::uint64_t{1} << 60;
  Definitions definitions;
  definitions.add_strings()->set_id(UINT32_MAX);
  definitions.add_sites()->set_id(UINT32_MAX);
  definitions.add_loops()->set_id(UINT32_MAX);
  definitions.add_threads()->set_id(UINT32_MAX);
  writer.define(definitions);
  writer.batch(
      UINT32_MAX, UINT64_MAX,
      {testing::task_created(1001, huge, UINT32_MAX), testing::task_created(1001, UINT64_MAX, 1, 1),
       testing::poll_begin(1002, UINT64_MAX, 1), testing::poll_end(UINT64_MAX, UINT64_MAX, UINT64_MAX)});
  const Result<ReadTrace> result = read(writer.bytes());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->trace.tasks.size(), 2u);
  EXPECT_EQ(result->trace.tasks.find(huge), 0u);
}

TEST(HostileTrace, IsRefusedWhenItUnpacksToMoreThanTheModelMayWeigh) {
  TraceWriter writer;
  std::vector<testing::Event> events;
  for (std::uint64_t i = 1; i <= 100'003; ++i) events.push_back(testing::task_created(1000, i, 0));
  writer.batch(1, 1, events);
  EXPECT_LT(writer.bytes().size(), 4'000u);
  EXPECT_TRUE(read(writer.bytes()).ok());
  ReadOptions limited;
  limited.max_model_bytes = 1'000'000;
  const Result<ReadTrace> result = read(writer.bytes(), limited);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().what.find("unpack to more than 1.00 MB"), std::string::npos)
      << result.error().what;
}

TEST(HostileTrace, OfPacketsInPacketsIsSearchedInBoundedTime) {
  // Every few bytes something that looks like a packet reaching to the end: hashing each would be quadratic.
  std::string bytes = TraceWriter().bytes();
  std::string made_up;
  constexpr std::size_t kPieces = 200'003;
  for (std::size_t i = 0; i < kPieces; ++i) {
    std::size_t length = (kPieces - i) * 10 - 5;
    made_up += '\x0a';
    for (int byte = 0; byte < 3; ++byte, length >>= 7) made_up += static_cast<char>((length & 0x7f) | 0x80);
    made_up += static_cast<char>(length & 0x7f);
    made_up += std::string("\x0d\x01\x02\x03\x04", 5);
  }
  const Result<ReadTrace> result = read(bytes + made_up);
  ASSERT_TRUE(result.ok());
  EXPECT_GT(result->trace.integrity.damaged_packets, 0u);
}

}  // namespace
}  // namespace loopscope::trace
