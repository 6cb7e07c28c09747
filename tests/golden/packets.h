// The packets of a trace through libprotobuf, damaged ones left out.
#pragma once

#include <string>
#include <vector>

#include "proto/trace.pb.h"

namespace loopscope::golden {

std::vector<Packet> packets_in(const std::string& bytes);

// All their fields, columns unpacked, in words; what is no packet as its bytes in hex.
std::string packets_as_text(const std::string& bytes);

}  // namespace loopscope::golden
