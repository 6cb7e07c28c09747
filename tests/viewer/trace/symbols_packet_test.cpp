#include "viewer/trace/symbols_packet.h"

#include <gtest/gtest.h>

#include "tests/support/sample_trace.h"
#include "viewer/trace/read_trace.h"
#include "viewer/trace/trace_tail.h"

namespace loopscope::trace {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(SymbolsPacket, IsReadBackFromTheEndOfATrace) {
  model::AddressNames names;
  names.add(0x1000, model::AddressKind::return_address,
            {{"inlined", "a.h", 7, true}, {"holder", "a.cpp", 101, false}});
  for (std::uint64_t i = 1; i <= 4001; ++i) {
    names.add(0x1000 + i * 16, model::AddressKind::return_address,
              {{"function_" + std::to_string(i), "b.cpp", static_cast<std::uint32_t>(i), false}});
  }
  std::string trace = testing::TraceWriter().bytes();
  const TraceTail before = find_tail(bytes_of(trace));
  std::uint64_t sequence = before.last_sequence + 1;
  trace += symbols_packets(names, sequence);
  EXPECT_GT(sequence, before.last_sequence + 2) << "many names are more than one packet";

  const Result<ReadTrace> read = read_trace({bytes_of(trace)}, {});
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(read->embedded.size(), 4002u);
  const auto* frames = read->embedded.find(0x1000);
  ASSERT_NE(frames, nullptr);
  ASSERT_EQ(frames->size(), 2u);
  EXPECT_EQ((*frames)[0].function, "inlined");
  EXPECT_TRUE((*frames)[0].inlined);
  EXPECT_EQ((*frames)[1].line, 101u);
  EXPECT_FALSE((*frames)[1].inlined);
  EXPECT_EQ(read->trace.integrity.damaged_packets, 0u);
  EXPECT_EQ(find_tail(bytes_of(trace)).last_sequence, sequence - 1);
}

TEST(SymbolsPacket, KeepsProgramCountersAndReturnAddressesApart) {
  model::AddressNames names;
  names.add(0x1000, model::AddressKind::return_address, {{"caller", "a.cpp", 101, false}});
  names.add(0x1000, model::AddressKind::program_counter, {{"running", "a.cpp", 103, false}});
  names.add(0x2000, model::AddressKind::program_counter, {{"leaf", "b.cpp", 7, false}});
  std::string trace = testing::TraceWriter().bytes();
  std::uint64_t sequence = find_tail(bytes_of(trace)).last_sequence + 1;
  trace += symbols_packets(names, sequence);
  const Result<ReadTrace> read = read_trace({bytes_of(trace)}, {});
  ASSERT_TRUE(read.ok()) << read.error().text();
  const model::AddressNames& embedded = read->embedded;
  EXPECT_EQ(embedded.size(), 3u);
  ASSERT_NE(embedded.find(0x1000), nullptr);
  EXPECT_EQ(embedded.find(0x1000)->front().line, 101u);
  ASSERT_NE(embedded.find(0x1000, model::AddressKind::program_counter), nullptr);
  EXPECT_EQ(embedded.find(0x1000, model::AddressKind::program_counter)->front().line, 103u);
  EXPECT_EQ(embedded.find(0x2000), nullptr);
}

TEST(SymbolsPacket, OfNoNamesIsNothing) {
  std::uint64_t sequence = 23;
  EXPECT_EQ(symbols_packets({}, sequence), "");
  EXPECT_EQ(sequence, 23u);
}

TEST(TraceTail, IsBehindTheLastIntactPacket) {
  const testing::TraceWriter writer = testing::sample_trace();
  const std::string& whole = writer.bytes();
  const TraceTail tail = find_tail(bytes_of(whole));
  EXPECT_EQ(tail.intact_bytes, whole.size());
  EXPECT_EQ(tail.last_sequence, writer.next_sequence() - 1);
  EXPECT_TRUE(tail.end_seen);
  EXPECT_TRUE(tail.nothing_behind);

  const std::string torn = whole.substr(0, whole.size() - 1);
  const TraceTail behind = find_tail(bytes_of(torn));
  EXPECT_EQ(behind.intact_bytes, writer.offsets()[writer.offsets().size() - 2]);
  EXPECT_EQ(behind.last_sequence, writer.next_sequence() - 2);
  EXPECT_FALSE(behind.end_seen);
  EXPECT_FALSE(behind.nothing_behind);
}

TEST(TraceTail, OfSomethingElseIsItsBeginning) {
  const std::string text = "not a trace at all";
  EXPECT_EQ(find_tail(bytes_of(text)).intact_bytes, 0u);
  EXPECT_EQ(find_tail({}).intact_bytes, 0u);
}

}  // namespace
}  // namespace loopscope::trace
