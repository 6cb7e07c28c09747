// What a recording is started with: the caller's struct, filled up from the environment, checked. Session.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <loopscope/loopscope.h>

namespace loopscope {

struct Options {
  std::string trace_path;  // absolute
  std::string working_directory;
  std::uint64_t ring_bytes = 64u << 20;
  std::uint32_t epoch_ms = 100;
  std::uint32_t max_frames = 24;
  std::uint32_t stall_ms = 10;  // LOOPSCOPE_NEVER: no watchdog
  std::uint32_t stall_sample_ms = 5;
  std::uint32_t stall_samples_per_s = 10;
  std::uint32_t blocking_ms = 1;            // LOOPSCOPE_NEVER: none is recorded
  std::vector<std::string> allow_blocking;  // calls, or functions that may make them
  bool abort_on_blocking = false;
  std::uint32_t prove_leaks_ms = 0;  // at exit; 0: not
  bool precise = false;
  bool stacks = true;
  bool children = true;
  bool compression = true;
  bool by_record = false;  // started by `loopscope record`: see write/trace_file.h
  std::string record_id;   // of that command, to find its traces by

  // As "name=value", for the trace.
  std::vector<std::string> as_text() const;
};

// `given` may be nullptr. False with `problem` in words if a value is out of range.
bool read_options(const loopscope_options* given, Options& options, std::string& problem);

// True if the environment asks for a recording without a call.
bool environment_asks_for_recording();
bool environment_comes_from_record();

}  // namespace loopscope
