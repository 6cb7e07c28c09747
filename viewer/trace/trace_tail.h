// Where a trace ends and how, for `loopscope record` to append to it. Reads every packet's frame, no contents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace loopscope::trace {

struct TraceTail {
  std::uint64_t intact_bytes = 0;   // behind the last intact packet; 0 if there is none
  std::uint64_t last_sequence = 0;  // of that packet
  bool end_seen = false;            // some packet is an End
  bool nothing_behind = false;      // the file ends at intact_bytes
};

TraceTail find_tail(std::span<const std::byte> file);

}  // namespace loopscope::trace
