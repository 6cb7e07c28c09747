#include "tests/e2e/record/run.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace loopscope::e2e {

namespace fs = std::filesystem;

// Far beyond what any of them needs, also on a machine that does ten things at once.
constexpr int kDeadlineMs = 60'000;

Running::Running(const std::vector<std::string>& command, const std::function<void()>& prepare) {
  int in[2], out[2], err[2];
  EXPECT_EQ(pipe2(in, O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(err, O_CLOEXEC), 0);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    signal(SIGPIPE, SIG_DFL);
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    if (prepare) prepare();
    execvp(argv[0], argv.data());
    _exit(126);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  in_ = in[1];
  out_ = out[0];
  err_ = err[0];
  signal(SIGPIPE, SIG_IGN);
}

Running::~Running() {
  for (int fd : {in_, out_, err_}) {
    if (fd >= 0) close(fd);
  }
  if (outcome_.status == -1) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

bool Running::read_more() {
  pollfd watched[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  if (poll(watched, 2, kDeadlineMs) <= 0) {
    ADD_FAILURE() << "no output for " << kDeadlineMs << " ms; so far: " << outcome_.out << outcome_.err;
    return false;
  }
  char buffer[65536];
  for (auto& one : watched) {
    if (one.fd < 0 || one.revents == 0) continue;
    ssize_t got = read(one.fd, buffer, sizeof buffer);
    int& fd = one.fd == out_ ? out_ : err_;
    std::string& text = one.fd == out_ ? outcome_.out : outcome_.err;
    if (got > 0) {
      text.append(buffer, static_cast<std::size_t>(got));
    } else {
      close(fd);
      fd = -1;
    }
  }
  return out_ >= 0 || err_ >= 0;
}

bool Running::wait_for_output(const std::string& text) {
  while (outcome_.out.find(text) == std::string::npos) {
    if (!read_more()) return outcome_.out.find(text) != std::string::npos;
  }
  return true;
}

void Running::close_input() {
  if (in_ >= 0) close(in_);
  in_ = -1;
}

Outcome Running::finish(const std::string& input) {
  // By a process of its own: the other end may write before it has read everything.
  pid_t feeder = input.empty() ? -1 : fork();
  if (feeder == 0) {
    for (std::size_t at = 0; at < input.size();) {
      ssize_t written = write(in_, input.data() + at, input.size() - at);
      if (written <= 0) break;
      at += static_cast<std::size_t>(written);
    }
    _exit(0);
  }
  close_input();
  collect();
  if (feeder > 0) waitpid(feeder, nullptr, 0);
  return outcome_;
}

Outcome Running::finish_keeping_input(int& input) {
  input = in_;
  in_ = -1;
  return collect();
}

Outcome Running::collect() {
  while ((out_ >= 0 || err_ >= 0) && read_more()) {
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
  outcome_.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return outcome_;
}

Outcome run(const std::vector<std::string>& command, const std::string& input) {
  return Running(command).finish(input);
}

WorkingFolder::WorkingFolder() : before_(fs::current_path().string()) {
  std::string pattern = testing::TempDir() + "loopscope_record_XXXXXX";
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  path_ = fs::canonical(pattern).string();
  fs::current_path(path_);
}

WorkingFolder::~WorkingFolder() {
  fs::current_path(before_);
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> WorkingFolder::files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path_)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> recorded(const std::vector<std::string>& words,
                                  const std::vector<std::string>& options) {
  std::vector<std::string> command = {LOOPSCOPE, "record"};
  command.insert(command.end(), options.begin(), options.end());
  command.push_back("--");
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

std::string program(const std::string& name) { return PROGRAMS + name; }

}  // namespace loopscope::e2e
