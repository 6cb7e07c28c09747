// The checksum of a packet: the low 32 bits of XXH3-64 over what follows the checksum field. Used by whatever
// reads or appends packets in this room.
#pragma once

#include <cstdint>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace loopscope::trace {

inline std::uint32_t packet_checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace loopscope::trace
