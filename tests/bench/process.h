// A child process run to its end: what it printed, how long it took, its greatest resident size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loopscope::bench {

struct Finished {
  std::string output;  // standard output; standard error is dropped
  double wall_ms = 0;
  std::uint64_t peak_rss_bytes = 0;
  int status = 0;  // as waitpid gives it
};

// `environment` adds NAME=VALUE to ours. Exits with a message if the program cannot be started or fails: no
// figure can come from it.
Finished run(const std::vector<std::string>& argv, const std::vector<std::string>& environment = {});

}  // namespace loopscope::bench
