// Processes of a recording that outlive the program: daemons that have not run a loop yet, and so have no trace. Called
// by record at the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loopscope::cli {

struct Survivor {
  std::uint32_t pid = 0;
  std::string program;
};

// Those that were started with this recording's environment, as far as we may ask them.
std::vector<Survivor> find_survivors(const std::string& record_id);

}  // namespace loopscope::cli
