// From bytes to intact packets: framing, checksums, sequence numbers, and how to go on behind damage. Knows
// nothing of what packets say. Used by the readers of this room, on their thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace loopscope::trace {

struct Packet {
  std::uint64_t offset = 0;  // of its first byte in the stream
  std::uint64_t sequence = 0;
  std::uint32_t content = 0;  // field number within the oneof; 0 if there is none this reader could see
  std::string_view bytes;     // of the content message; lives as long as the stream's bytes
};

struct Damage {
  std::uint64_t damaged_packets = 0;  // checksum or shape wrong, or seen before
  std::uint64_t missing_packets = 0;  // gaps in the sequence that no damaged packet explains
  std::uint64_t skipped_bytes = 0;
  bool torn_tail = false;
  std::uint64_t torn_at = 0;
};

class PacketStream {
 public:
  enum class Check {
    all,
    // Packets of more than some kilobytes, which are batches, are taken for intact if a packet follows: their contents
    // are not looked at.
    headers,
  };
  explicit PacketStream(std::span<const std::byte> bytes, Check check = Check::all);

  // Goes on with these bytes after the ones before them; sequence numbers go on, a torn tail stays noted.
  void continue_with(std::span<const std::byte> bytes);

  // The next intact packet in ascending sequence. False at the end.
  bool next(Packet& packet);

  const Damage& damage() const { return damage_; }
  std::uint64_t last_sequence() const { return last_sequence_; }
  // Behind the last intact packet.
  std::uint64_t intact_end() const { return intact_end_; }
  // Where the next packet is looked for: how far reading got.
  std::uint64_t position() const { return base_ + at_; }

 private:
  enum class Shape { good, bad_checksum, cut, garbage };
  struct Frame {
    std::size_t body = 0;  // behind the checksum
    std::size_t end = 0;
  };
  Shape frame_at(std::size_t at, Frame& frame, Check check) const;
  bool begins_a_packet(std::size_t at) const;
  bool take(const Frame& frame, Packet& packet);
  void step_over_damage(Shape shape, const Frame& frame);
  // The first in [from, to); `to` if there is none.
  std::size_t find_good_frame(std::size_t from, std::size_t to);

  Check check_ = Check::all;
  std::string_view bytes_;
  std::uint64_t base_ = 0;  // stream offset of bytes_
  std::size_t at_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t intact_end_ = 0;
  std::uint64_t damaged_since_intact_ = 0;
  // Bytes that may still be hashed while looking for a packet behind damage: made-up frames that overlap must
  // not make that quadratic.
  std::uint64_t search_budget_ = 0;
  Damage damage_;
};

}  // namespace loopscope::trace
