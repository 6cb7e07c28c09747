// A child process run to its end: what it printed, how long it took, its greatest resident size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loopscope::bench {

struct Finished {
  std::string output;   // standard output; standard error is dropped
  double start_ns = 0;  // CLOCK_MONOTONIC, just before it was started
  double wall_ms = 0;
  std::uint64_t peak_rss_bytes = 0;
  int status = 0;  // as waitpid gives it; -1 if it could not be started

  bool succeeded() const { return status == 0; }
};

using Texts = std::vector<std::string>;

// `environment` adds NAME=VALUE to ours. `processors`: how many of ours it may use, 0 all of them.
Finished try_run(const Texts& argv, const Texts& environment = {}, int processors = 0);

// The same; exits with a message if the program cannot be started or fails: no figure can come from it.
Finished run(const Texts& argv, const Texts& environment = {}, int processors = 0);

}  // namespace loopscope::bench
