// The first packet of a trace: who is recorded, on what clock, with which options. Writer thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/record/clock.h"

namespace loopscope::write {

struct ProcessFacts {
  std::string session;  // 16 random bytes
  std::string ring_path;
  std::string working_directory;
  std::vector<std::string> options;
  bool precise = false;
  record::Anchor first_anchor;
  std::uint64_t ticks_per_second = 0;
};

std::string process_message(const ProcessFacts& facts);
std::string anchor_message(const record::Anchor& anchor);

}  // namespace loopscope::write
