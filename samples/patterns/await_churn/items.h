// What there is to do for one item: next to nothing.
#pragma once

#include <cstdint>

inline constexpr std::uint32_t kItemsOfBatch = 1009;
inline constexpr std::uint32_t kBatches = 499;

// Some 50 ns.
inline std::uint32_t checksum(std::uint32_t item) {
  std::uint32_t sum = item;
  for (std::uint32_t byte = 0; byte < 31; ++byte) sum = (sum ^ byte) * 16'777'619U;
  return sum;
}
