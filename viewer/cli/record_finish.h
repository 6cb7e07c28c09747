// What is left to do when a recorded program has ended: events from the rings of processes that died, names for
// addresses, final file names. Called by record, and before it to clear away an earlier recording.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "viewer/cli/record_child.h"
#include "viewer/cli/record_traces.h"

namespace loopscope::cli {

struct FinishedTrace {
  std::string path;
  std::uint32_t pid = 0;
  std::string program;
  bool running = false;                // goes on recording by itself
  std::uint64_t recovered_events = 0;  // that the process had not written when it died
  std::uint64_t events = 0;
  std::uint64_t lost_events = 0;
  std::uint64_t bytes = 0;
  std::int64_t duration_ns = 0;
  std::string problem;  // what could not be done, with the consequence
};

// `main_pid` ended like `end`; how others ended is not known. `symbols`: embed names.
// `since_unix_ns`: when the program was started.
std::vector<FinishedTrace> finish_recording(const Recording& recording, std::uint32_t main_pid,
                                            const ChildEnd& end, bool symbols, std::int64_t since_unix_ns);

// Removes the ring of a trace whose process is gone, if there is one: the trace is about to be replaced.
void remove_orphaned_ring(const std::string& trace);

}  // namespace loopscope::cli
