// One small trace in which every kind of event and packet occurs: the golden trace, and a seed for the fuzzer.
#pragma once

#include "tests/support/trace_writer.h"

namespace loopscope::testing {

// Times in ms after the first anchor:
//   0    loop 1 on thread 1 polls for at most 10 ms; wakes at 13 without an event: 3 ms late
//   13   span of task 1 (a timer created at 0, due after 11 ms) until 20; it creates task 2 and awaits it
//   20   task 3 runs chained until 21 and fails with -2 "ENOENT"
//   21   polls for ever; wakes at 30 with one event: task 2 is ready since 29, runs until 31, ok
//   31   polls; the process exits at 53 with code 7 in the poll
// Thread 2 runs task 2's work from 22 to 29. Task 4, a subscription, is cancelled at 14; task 1 stays pending.
// Task 5 is abandoned. One POOL_EMPTY loss of 17 events, one stall with a sample.
TraceWriter sample_trace();

}  // namespace loopscope::testing
