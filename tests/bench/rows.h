// The groups of rows, each in a file of its own: what main runs, in the order of the table.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/rounds.h"
#include "tests/bench/table.h"

namespace loopscope::bench {

struct Run {
  Table table;
  Control control;
  std::string programs;  // folder of what is built
  std::string sources;   // tests/bench
  std::string folder;    // for traces, removed at the end
};

// Calls of the C interface back to back: the worst case for a clock read, since nothing overlaps with it.
void add_call_rows(Run& run);
// Two threads at once.
void add_thread_rows(Run& run);
// Creations that take the caller's stack.
void add_stack_rows(Run& run);
// Cost and bytes of an event in a program with work to do.
void add_workload_rows(Run& run);
// One thread that does nothing but record; the agent's memory; its start.
void add_flat_out_rows(Run& run);
// A loop that never stalls, with and without the watchdog.
void add_watch_rows(Run& run);
// Children and suspensions of coroutines, without the hook, with it, and recorded.
void add_coroutine_rows(Run& run);
// A libuv program with and without the preloaded agent.
void add_libuv_rows(Run& run);
// Asio's handlers with and without loopscope::asio.
void add_asio_rows(Run& run);
// A server on libevent with and without the preloaded agent.
void add_libevent_rows(Run& run);
// From bytes to the model, and to the whole analysis.
void add_read_rows(Run& run);
// Other recorders in the same workload, for scale.
void add_peer_rows(Run& run);

struct Group {
  const char* name;
  void (*add_rows)(Run& run);
};
// Stacks are last of those that record in this process: they define thousands of sites, which later traces name too.
inline const std::vector<Group> kGroups = {
    {"calls", add_call_rows},        {"workload", add_workload_rows},
    {"threads", add_thread_rows},    {"coroutines", add_coroutine_rows},
    {"stacks", add_stack_rows},      {"watch", add_watch_rows},
    {"flat-out", add_flat_out_rows}, {"libuv", add_libuv_rows},
    {"libevent", add_libevent_rows}, {"asio", add_asio_rows},
    {"read", add_read_rows},         {"peers", add_peer_rows},
};

}  // namespace loopscope::bench
