// A made-up program of several threads, drawn from a seed: tasks that finish in every way or never, on the thread that
// created them or on another, spans, polls, awaits. For tests that read the same trace in two ways.
#pragma once

#include <string>
#include <vector>

#include "tests/support/trace_writer.h"

namespace loopscope::testing {

struct RandomTrace {
  unsigned seed = 0;
  unsigned threads = 3;
  unsigned batches = 41;                        // each of each thread
  unsigned steps = 211;                         // of a batch
  unsigned pending = 11;                        // tasks finish only while there are more
  bool growing = false;                         // twice as many are created as finish
  bool leaving = false;                         // the exit gives up what is pending
  std::vector<std::string> recorded_with = {};  // options of the recording
};

TraceWriter random_trace(const RandomTrace& options);

}  // namespace loopscope::testing
