#include "tests/viewer/cli/run_loopscope.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace loopscope::testing {
namespace {

std::string prefix() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  // By process, so that neither another user nor another tree is in the way.
  return ::testing::TempDir() + test->test_suite_name() + "." + test->name() + "." +
         std::to_string(getpid()) + ".";
}

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

std::string test_file(const std::string& name, const std::string& contents) {
  const std::string path = prefix() + name;
  std::ofstream(path, std::ios::binary) << contents;
  return path;
}

Ran run_loopscope(const std::vector<std::string>& arguments) {
  const std::string out = prefix() + "out";
  const std::string err = prefix() + "err";
  std::string command = quoted(LOOPSCOPE_PROGRAM);
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  command += " >" + quoted(out) + " 2>" + quoted(err) + " </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents_of(out), contents_of(err)};
}

}  // namespace loopscope::testing
