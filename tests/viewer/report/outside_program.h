// Programs that are not ours and know better whether an output is right: a validator, a parser, a browser. A test that needs
// one which is not installed is skipped with its name.
#pragma once

#include <string>
#include <vector>

namespace loopscope::testing {

struct Answer {
  int exit_code = -1;
  std::string text;  // both of its outputs
};

Answer ask(const std::vector<std::string>& command);

// A file of this test, in a folder that goes with the process.
std::string written(const std::string& name, const std::string& contents);

}  // namespace loopscope::testing
