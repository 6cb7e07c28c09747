// What `loopscope record` is asked to do. Filled from argv by record_command, read by the other record_ files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loopscope::cli {

struct RecordOptions {
  std::string trace = "trace.pb";  // of the first process that runs a loop; others go beside it
  bool analyze = false;            // print the analysis at the end
  bool children = true;            // record child processes too
  bool symbols = true;             // embed names, so that the trace can be read on another machine
  bool precise = false;
  bool live = false;             // the live line even where it may disturb the program's own drawing
  std::uint64_t ring_bytes = 0;  // 0: the agent's default
  std::uint32_t max_frames = 0;  // 0: the agent's default
  // As the agent reads them; "": its default.
  std::string stall_ms;
  std::string stall_sample_ms;
  std::string blocking_ms;
  std::string allow_blocking;  // names with commas between
  bool abort_on_blocking = false;
  std::uint32_t prove_leaks_ms = 0;  // at exit; 0: not
  std::vector<std::string> program;
};

}  // namespace loopscope::cli
