// A program drawn from a seed, of which everything is known: requests are coroutines that run, wait for timers (as tasks of
// their own or not), await other coroutines, one or several at once, on one loop with other callbacks that sometimes hold it
// for too long. It is played forwards, and keeps book of where each request's time goes; the trace says only what a
// recording would.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/trace_writer.h"
#include "viewer/base/units.h"

namespace loopscope::testing {

struct KnownRequest {
  std::uint64_t task = 0;
  bool finished = false;  // the rest only if it is
  Time begin = 0;
  Time end = 0;
  Nanos running = 0, waiting = 0, queued = 0, held_up = 0;
};

struct KnownProgram {
  std::string bytes;
  std::vector<KnownRequest> requests;
  std::uint64_t created = 0, finished = 0, failed = 0, abandoned = 0;
  std::map<std::uint64_t, Nanos> run;  // by task
  Nanos busy = 0, idle = 0, loop_time = 0;
};

KnownProgram known_program(unsigned seed);

}  // namespace loopscope::testing
