// The checksum of .gnu_debuglink (CRC-32 as in zlib), for the rare debug file without a build id.
#pragma once

#include <cstddef>
#include <cstdint>

namespace loopscope::symbols {

// Continue with the last result; begin with 0.
std::uint32_t crc32(std::uint32_t crc, const unsigned char* bytes, std::size_t length);

}  // namespace loopscope::symbols
