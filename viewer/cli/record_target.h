// The program to record: found as execvp would find it, and checked before anything is started, since a library
// that cannot be preloaded fails without a word. Called by record.
#pragma once

#include <string>
#include <vector>

#include "viewer/base/result.h"

namespace loopscope::cli {

struct Target {
  std::string path;  // what is executed
  // Must be preloaded before ours: the program was built with an address sanitizer in a library.
  bool has_shared_asan = false;
};

// `name` as typed. The error says why it cannot be recorded and what to do instead.
Result<Target> find_target(const std::string& name);

}  // namespace loopscope::cli
