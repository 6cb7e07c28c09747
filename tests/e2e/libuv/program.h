// A program run twice: as it is, and below `loopscope record`. What it printed, how it ended, and what its trace
// holds.
#pragma once

#include <string>
#include <vector>

#include "viewer/model/trace.h"

// A folder that goes with the test. Anybody may enter and write: some programs give up root.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Returns the path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

struct Outcome {
  int exit_code = -1;  // 128 + N after signal N
  std::string output;
  std::string errors;
};

using Command = std::vector<std::string>;

// The words before a command that record it. Without the command-line program: the environment it would set.
Command recorded(const std::string& trace_path, const Command& command);

// Runs it to its end in that folder.
Outcome run(const Command& command, const std::string& folder);

// A program that runs until it is told to stop.
class Background {
 public:
  Background(const Command& command, const std::string& folder);
  ~Background();
  // The process; below `loopscope record`, the program's is its child.
  int pid() const { return pid_; }
  int child_pid() const;
  void signal(int number);
  Outcome wait();
  bool running();

 private:
  int pid_;
  std::string output_path_;
  std::string errors_path_;
  bool waited_ = false;
  int status_ = 0;
};

// The trace, read as `loopscope analyze` reads it. Fails the test if it is not complete.
loopscope::model::Trace complete_trace(const std::string& trace_path);
