// See program.h.
#include "tests/e2e/libuv/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/agent/recorded.h"

namespace {

std::string read_file(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

int ended(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

pid_t start(const Command& command, const std::string& folder, const std::string& output,
            const std::string& errors) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  const int nothing = open("/dev/null", O_RDONLY);
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  const int err = open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  dup2(nothing, 0);
  dup2(out, 1);
  dup2(err, 2);
  for (const int file : {nothing, out, err}) close(file);
  if (chdir(folder.c_str()) != 0) _exit(126);
  execvp(argv[0], argv.data());
  _exit(127);
}

int runs;
std::string log_path(const std::string& folder, const char* name) {
  return folder + "/" + name + "." + std::to_string(++runs);
}

}  // namespace

Scratch::Scratch() {
  char path[] = "/tmp/loopscope-e2e-XXXXXX";
  path_ = mkdtemp(path);
  chmod(path_.c_str(), 0777);
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Scratch::write(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories(std::filesystem::path(file(name)).parent_path());
  std::ofstream(file(name)) << text;
  return file(name);
}

Command recorded(const std::string& trace_path, const Command& command) {
#ifdef LOOPSCOPE_COMMAND
  Command all{LOOPSCOPE_COMMAND, "record", "-o", trace_path, "--"};
#else
  Command all{"env", "LD_PRELOAD=" LOOPSCOPE_PRELOAD, "LOOPSCOPE_RECORD=1", "LOOPSCOPE_TRACE=" + trace_path};
#endif
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

Outcome run(const Command& command, const std::string& folder) { return Background(command, folder).wait(); }

Background::Background(const Command& command, const std::string& folder)
    : output_path_(log_path(folder, "stdout")), errors_path_(log_path(folder, "stderr")) {
  pid_ = start(command, folder, output_path_, errors_path_);
}

Background::~Background() {
  if (!waited_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, &status_, 0);
  }
}

int Background::child_pid() const {
  const std::string process = std::to_string(pid_);
  return std::atoi(read_file("/proc/" + process + "/task/" + process + "/children").c_str());
}

void Background::signal(int number) { kill(pid_, number); }

bool Background::running() {
  if (!waited_) waited_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return !waited_;
}

Outcome Background::wait() {
  if (!waited_) waitpid(pid_, &status_, 0);
  waited_ = true;
  return {ended(status_), read_file(output_path_), read_file(errors_path_)};
}

loopscope::model::Trace complete_trace(const std::string& trace_path) {
  auto trace = read_recorded(trace_path);
  EXPECT_TRUE(trace.integrity.end_seen) << trace_path;
  EXPECT_EQ(trace.integrity.lost_events, 0u);
  EXPECT_EQ(trace.integrity.damaged_packets + trace.integrity.missing_packets, 0u);
  EXPECT_EQ(trace.integrity.unmatched_events, 0u);
  return trace;
}
