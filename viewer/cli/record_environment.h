// The environment of the recorded program: its own, with what the agent needs to know. Called by record.
#pragma once

#include <string>
#include <vector>

#include "viewer/cli/record_options.h"

namespace loopscope::cli {

struct Injection {
  std::string preload_library;
  std::string trace;      // absolute path
  std::string record_id;  // tells this recording's traces from others in the same folder
  bool shared_asan = false;
};

// `environment` as in environ. Variables that are not the agent's stay what and where they were.
std::vector<std::string> recorded_environment(const char* const* environment, const RecordOptions& options,
                                              const Injection& injection);

}  // namespace loopscope::cli
