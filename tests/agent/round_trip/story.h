// What a model must say of a random program of whose threads the first so many events are in the trace: worked out
// from the program's own account, one thread after the other, without a trace.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/agent/round_trip/program.h"

namespace loopscope::round_trip {

struct TaskTold {
  Window created;
  std::uint64_t parent = 0;
  std::uint32_t site = 0;  // index into Issued::sites
  std::optional<Op> finished;
};

struct SpanTold {
  Window begin;
  std::optional<Window> end;
};

struct EdgeTold {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  bool await = false;
  std::uint32_t site = 0;
  Window begin;
  std::optional<Window> end;
};

struct PauseTold {
  std::string kind;
  Window begin;
  std::optional<Window> end;
};

struct LoopTold {
  std::uint64_t ticks = 0;
  std::uint64_t polls_without_timeout = 0;
  std::uint64_t idle_at_least = 0;  // ns
  std::uint64_t idle_at_most = 0;
  bool complete = true;  // every poll ended
};

struct Story {
  std::map<std::uint64_t, TaskTold> tasks;  // by number
  // By thread and task, in the order of their begin.
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<SpanTold>> spans;
  std::vector<EdgeTold> edges;
  std::multimap<std::uint64_t, std::pair<std::string, std::string>> labels;  // of tasks
  std::multimap<std::uint64_t, std::string> names;
  std::map<std::uint64_t, std::uint64_t> bytes;              // of tasks, in all; 2^63 - 2 for more
  std::map<std::uint32_t, std::map<double, Window>> gauges;  // by gauge; no number comes twice
  std::map<std::uint32_t, std::vector<PauseTold>> pauses;    // by thread
  std::map<std::uint32_t, LoopTold> loops;                   // by number
  std::uint64_t events = 0;
};

// `lengths`: events of each thread, by its tid.
Story story_of(const Issued& issued, const std::map<std::uint32_t, std::uint64_t>& lengths);

}  // namespace loopscope::round_trip
