// Names for addresses as packets, for `loopscope record` to append to a finished trace, so that it can be read
// on another machine.
#pragma once

#include <cstdint>
#include <string>

#include "viewer/model/address_names.h"

namespace loopscope::trace {

// Packets with the sequence numbers from `next_sequence` on, which is moved behind them. "" for no names. The
// same names give the same bytes.
std::string symbols_packets(const model::AddressNames& names, std::uint64_t& next_sequence);

}  // namespace loopscope::trace
