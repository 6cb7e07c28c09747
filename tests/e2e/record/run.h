// Starts a command with pipes around it and tells what came of it. For the tests of `loopscope record`.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace loopscope::e2e {

struct Outcome {
  std::string out;
  std::string err;
  int status = -1;  // exit code; -N if killed by signal N
};

// A command that runs. Every read has a deadline, so that a test fails rather than hangs.
class Running {
 public:
  // `prepare` runs in the child before exec.
  explicit Running(const std::vector<std::string>& command, const std::function<void()>& prepare = {});
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  pid_t pid() const { return pid_; }
  // Returns when standard output has `text`. False if it ends before.
  bool wait_for_output(const std::string& text);
  void close_input();
  Outcome finish(const std::string& input = "");
  // The same, but the other end of standard input goes to the caller instead of being closed.
  Outcome finish_keeping_input(int& input);

 private:
  bool read_more();
  Outcome collect();

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  Outcome outcome_;
};

Outcome run(const std::vector<std::string>& command, const std::string& input = "");

// A fresh folder that is the working directory for as long as this lives.
class WorkingFolder {
 public:
  WorkingFolder();
  ~WorkingFolder();
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;
  const std::string& path() const { return path_; }
  std::vector<std::string> files() const;

 private:
  std::string path_;
  std::string before_;
};

// `loopscope record -- words...`, to trace.pb here.
std::vector<std::string> recorded(const std::vector<std::string>& words,
                                  const std::vector<std::string>& options = {});

std::string program(const std::string& name);

}  // namespace loopscope::e2e
