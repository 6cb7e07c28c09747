// One line on a terminal's standard error that says how far reading is, and goes away again. Called by analyze.
#pragma once

#include <cstdint>
#include <string>

namespace loopscope::cli {

class Progress {
 public:
  // Silent unless standard error is a terminal and the file is big enough for anybody to wait.
  explicit Progress(const std::string& path);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `share` from 0 to 1.
  void show(double share);

 private:
  std::string name_;
  bool on_ = false;
  int percent_ = -1;
};

}  // namespace loopscope::cli
