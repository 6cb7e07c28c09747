// One trace of a process that is gone without having ended it: its events are in the ring file beside it. Called
// by record_finish.
#pragma once

#include <cstdint>
#include <string>

#include "agent/recover/recover.h"
#include "viewer/cli/record_traces.h"

namespace loopscope::cli {

enum class RingFate {
  none,      // the process ended its trace itself
  running,   // the process still records
  appended,  // its events are in the trace now, which has an end
  no_loop,   // no loop ever ran in it: the trace is to be removed
  failed,    // `problem` says why; the ring is left where it is
};

struct Recovered {
  RingFate fate = RingFate::none;
  bool ran_loop = true;      // false only where the ring says so
  std::uint64_t events = 0;  // that the trace did not hold yet
  std::string problem;
};

// `end`: how the process ended, as far as that is known. Removes the ring when it is no longer needed.
Recovered recover_trace(const RecordedTrace& trace, const recover::EndOfProcess& end);

// Puts `bytes` into the file at `offset`, cutting what is behind. False with `problem`.
bool replace_tail(const std::string& path, std::uint64_t offset, const std::string& bytes,
                  std::string& problem);

}  // namespace loopscope::cli
