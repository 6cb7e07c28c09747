#include "tests/viewer/cli/run_loopscope.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <gtest/gtest.h>

namespace loopscope::testing {
namespace {

// Goes with the process, so that neither another user nor another tree is in the way.
class Folder {
 public:
  Folder() : path_(::testing::TempDir() + "loopscope-cli-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no folder like " << path_;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string prefix() {
  static const Folder folder;
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return folder.path() + "/" + test->test_suite_name() + "." + test->name() + ".";
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
