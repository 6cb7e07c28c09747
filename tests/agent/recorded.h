// What a host left behind, read like `loopscope analyze` reads it: the trace, and its ring if there is one.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "agent/recover/recover.h"
#include "viewer/model/trace.h"

struct HostRun {
  int exit_code = -1;  // 128 + N after signal N
  std::string errors;  // what it wrote to stderr
};

// Runs a program with these arguments and waits for it.
HostRun run_host(const std::string& program, const std::vector<std::string>& arguments);

// A folder that goes with the test.
class Folder {
 public:
  Folder();
  ~Folder();
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Fails the test if it cannot be read.
loopscope::model::Trace read_recorded(const std::string& trace_path);

struct Counts {
  std::uint64_t created = 0, finished = 0, pending = 0;
  bool operator==(const Counts&) const = default;
};
// Tasks of the sites of that kind.
Counts tasks_of(const loopscope::model::Trace& trace, const std::string& kind);
std::ostream& operator<<(std::ostream& to, const Counts& counts);
