// The traces that one recording has written so far: in its folder, told from others by the recording's id. Called by
// record, for the live line while it runs and to finish them when it has ended.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace loopscope::cli {

struct Recording {
  std::string trace;      // absolute path asked for: STEM.pb
  std::string record_id;  // passed to the agents
};

struct RecordedTrace {
  std::string path;
  bool has_main_name = false;  // STEM.pb
  std::uint32_t pid = 0;
  std::int64_t started_at_unix_ns = 0;
  std::string program;  // of its executable, without folder
  std::string session;
  std::string ring_path;
};

// The one with the main name first, then in order of their start.
std::vector<RecordedTrace> find_traces(const Recording& recording);

// STEM.PID.pb for STEM.pb, and STEM.PID-N.pb for a process that became another program: whoever wrote them.
std::vector<std::filesystem::path> process_trace_files(const std::string& trace);

}  // namespace loopscope::cli
