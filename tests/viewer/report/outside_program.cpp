#include "tests/viewer/report/outside_program.h"

#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <gtest/gtest.h>

namespace loopscope::testing {
namespace {

class Folder {
 public:
  Folder() : path_(::testing::TempDir() + "loopscope-report-XXXXXX") {
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

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

Answer ask(const std::vector<std::string>& command) {
  std::string line;
  for (const std::string& word : command) line += quoted(word) + " ";
  Answer answer;
  std::FILE* pipe = popen((line + "2>&1 </dev/null").c_str(), "re");
  if (pipe == nullptr) return answer;
  char part[4096];
  for (std::size_t got = 0; (got = std::fread(part, 1, sizeof part, pipe)) > 0;)
    answer.text.append(part, got);
  const int status = pclose(pipe);
  answer.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return answer;
}

std::string written(const std::string& name, const std::string& contents) {
  static const Folder folder;
  const std::string path = folder.path() + "/" + name;
  std::ofstream(path, std::ios::binary) << contents;
  return path;
}

}  // namespace loopscope::testing
