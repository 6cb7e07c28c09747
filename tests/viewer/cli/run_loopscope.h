// Runs the built `loopscope` and keeps what it says.
#pragma once

#include <string>
#include <vector>

namespace loopscope::testing {

struct Ran {
  int exit_code = -1;
  std::string out;
  std::string err;
};

Ran run_loopscope(const std::vector<std::string>& arguments);

// A path for this test's own file, empty at first.
std::string test_file(const std::string& name, const std::string& contents);
std::string contents_of(const std::string& path);

}  // namespace loopscope::testing
