// One packet of a trace: tag, length, checksum, sequence number, content. Writer thread and recovery.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loopscope::write {

// Field numbers of loopscope.Packet.content; tests/proto compares them with the schema.
enum class Content : std::uint32_t {
  process = 3,
  clock_anchor = 4,
  definitions = 5,
  batch = 6,
  epoch = 7,
  stall = 8,
  stall_sample = 9,
  loss = 10,
  agent_cost = 11,
  symbols = 12,
  pending_summary = 13,
  end = 14,
  run_queue_wait = 15,
  stall_woken = 16,
  reachability = 17,
};

// Appends packets to a buffer and numbers them.
class PacketStream {
 public:
  explicit PacketStream(std::uint64_t first_sequence = 1) : next_sequence_(first_sequence) {}

  // `content` is the encoded message.
  void append(Content kind, std::string_view content);

  std::uint64_t next_sequence() const { return next_sequence_; }
  const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }
  std::string take() { return std::move(bytes_); }

 private:
  std::uint64_t next_sequence_;
  std::string bytes_;
};

}  // namespace loopscope::write
