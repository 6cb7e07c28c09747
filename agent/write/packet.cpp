#include "agent/write/packet.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <protozero/pbf_writer.hpp>

namespace loopscope::write {

void PacketStream::append(Content kind, std::string_view content) {
  constexpr std::uint32_t kTracePacket = 1;
  constexpr std::uint32_t kChecksum = 1;
  constexpr std::uint32_t kSequence = 2;

  std::string head;
  {
    protozero::pbf_writer writer(head);
    writer.add_uint64(kSequence, next_sequence_++);
    protozero::add_varint_to_buffer(&head, static_cast<std::uint64_t>(kind) << 3 | 2u);
    protozero::add_varint_to_buffer(&head, content.size());
  }
  constexpr std::size_t kChecksumBytes = 5;
  protozero::add_varint_to_buffer(&bytes_, kTracePacket << 3 | 2u);
  protozero::add_varint_to_buffer(&bytes_, kChecksumBytes + head.size() + content.size());
  const std::size_t checksum_at = bytes_.size();
  {
    protozero::pbf_writer writer(bytes_);
    writer.add_fixed32(kChecksum, 0);
  }
  bytes_ += head;
  bytes_ += content;
  const char* covered = bytes_.data() + checksum_at + kChecksumBytes;
  const auto checksum = static_cast<std::uint32_t>(XXH3_64bits(covered, head.size() + content.size()));
  for (unsigned i = 0; i < 4; ++i) bytes_[checksum_at + 1 + i] = static_cast<char>(checksum >> (8 * i));
}

}  // namespace loopscope::write
