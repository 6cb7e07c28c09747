// Framing: every packet is 0x0a, its length as varint, 0x0d, four bytes of checksum, and what they check.
#include "viewer/trace/packet_stream.h"

#include <algorithm>
#include <cstring>
#include <protozero/pbf_reader.hpp>

#include "viewer/trace/checksum.h"
#include "viewer/trace/fields.h"
#include "viewer/trace/message.h"

namespace loopscope::trace {
namespace {

constexpr char kPacketTag = 0x0a;    // Trace.packet
constexpr char kChecksumTag = 0x0d;  // Packet.checksum
constexpr std::size_t kChecksumField = 5;
constexpr std::size_t kSmallPacket = 4096;  // hashing one costs less than the page fault to get at it

std::uint32_t little_endian_32(const char* at) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

bool checksum_holds([[maybe_unused]] std::string_view body, [[maybe_unused]] std::uint32_t checksum) {
#ifdef LOOPSCOPE_TRUST_CHECKSUMS
  return true;
#else
  return packet_checksum(body) == checksum;
#endif
}

}  // namespace

PacketStream::PacketStream(std::span<const std::byte> bytes, Check check) : check_(check) {
  continue_with(bytes);
}

void PacketStream::continue_with(std::span<const std::byte> bytes) {
  base_ += bytes_.size();
  bytes_ = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  at_ = 0;
  search_budget_ = 8 * bytes.size() + (1 << 20);
}

// Or is the end of all.
bool PacketStream::begins_a_packet(std::size_t at) const {
  return at == bytes_.size() || bytes_[at] == kPacketTag;
}

PacketStream::Shape PacketStream::frame_at(std::size_t at, Frame& frame, Check check) const {
  const std::size_t size = bytes_.size();
  if (bytes_[at] != kPacketTag) return Shape::garbage;
  std::uint64_t length = 0;
  std::size_t next = at + 1;
  for (int shift = 0;; shift += 7) {
    if (shift > 35) return Shape::garbage;  // no packet has more than 32 GiB
    if (next >= size) return Shape::cut;
    const auto byte = static_cast<unsigned char>(bytes_[next++]);
    length |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) break;
  }
  if (length < kChecksumField) return Shape::garbage;
  if (next < size && bytes_[next] != kChecksumTag) return Shape::garbage;
  if (length > size - next) return Shape::cut;
  frame.body = next + kChecksumField;
  frame.end = next + length;
  if (check == Check::headers && length > kSmallPacket && begins_a_packet(frame.end)) return Shape::good;
  const std::string_view body = bytes_.substr(frame.body, frame.end - frame.body);
  return checksum_holds(body, little_endian_32(bytes_.data() + next + 1)) ? Shape::good : Shape::bad_checksum;
}

bool PacketStream::next(Packet& packet) {
  while (at_ < bytes_.size()) {
    Frame frame;
    const Shape shape = frame_at(at_, frame, check_);
    if (shape == Shape::good) {
      packet.offset = base_ + at_;
      at_ = frame.end;
      if (take(frame, packet)) return true;
      ++damage_.damaged_packets;
      ++damaged_since_intact_;
    } else {
      step_over_damage(shape, frame);
    }
  }
  return false;
}

bool PacketStream::take(const Frame& frame, Packet& packet) {
  packet.sequence = 0;
  packet.content = 0;
  packet.bytes = {};
  try {
    protozero::pbf_reader reader(bytes_.data() + frame.body, frame.end - frame.body);
    while (reader.next()) {
      const std::uint32_t tag = reader.tag();
      if (tag == field::packet::sequence && reader.wire_type() == protozero::pbf_wire_type::varint) {
        packet.sequence = reader.get_uint64();
      } else if (tag > field::packet::sequence && is_bytes(reader)) {
        const std::string_view content = view_of(reader);
        // What a later version put beside the content is not the content.
        if (tag <= field::packet::end || packet.content == 0) {
          packet.content = tag;
          packet.bytes = content;
        }
      } else {
        reader.skip();
      }
    }
  } catch (const protozero::exception&) {
    return false;
  }
  if (packet.sequence <= last_sequence_) return false;
  const std::uint64_t gap = packet.sequence - last_sequence_ - 1;
  damage_.missing_packets += gap - std::min(gap, damaged_since_intact_);
  damaged_since_intact_ = 0;
  last_sequence_ = packet.sequence;
  intact_end_ = base_ + frame.end;
  return true;
}

void PacketStream::step_over_damage(Shape shape, const Frame& frame) {
  // A flipped bit in the contents leaves the length right: the next packet stands where it should, and none
  // before.
  const std::size_t size = bytes_.size();
  const std::size_t said_end = shape == Shape::bad_checksum ? frame.end : size;
  std::size_t found = find_good_frame(at_ + 1, said_end);
  if (found == said_end && shape == Shape::bad_checksum) {
    Frame behind;
    const Shape next = said_end == size ? Shape::good : frame_at(said_end, behind, Check::all);
    if (next == Shape::good || next == Shape::cut) {
      ++damage_.damaged_packets;
      ++damaged_since_intact_;
      at_ = said_end;
      return;
    }
    found = find_good_frame(said_end, size);
  }
  if (found == size && shape == Shape::cut) {
    damage_.torn_tail = true;
    damage_.torn_at = base_ + at_;
  } else {
    ++damage_.damaged_packets;
    ++damaged_since_intact_;
    damage_.skipped_bytes += found - at_;
  }
  at_ = found;
}

std::size_t PacketStream::find_good_frame(std::size_t from, std::size_t to) {
  while (from < to && search_budget_ != 0) {
    const void* tag = std::memchr(bytes_.data() + from, kPacketTag, to - from);
    if (tag == nullptr) break;
    from = static_cast<std::size_t>(static_cast<const char*>(tag) - bytes_.data());
    Frame frame;
    const Shape shape = frame_at(from, frame, Check::all);
    if (shape == Shape::good) return from;
    if (shape == Shape::bad_checksum) {
      search_budget_ -= std::min<std::uint64_t>(search_budget_, frame.end - frame.body);
    }
    ++from;
  }
  return to;
}

}  // namespace loopscope::trace
