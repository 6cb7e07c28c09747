// Sums that both the text and the JSON report show, taken from the model in one place so that they agree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "viewer/base/histogram.h"
#include "viewer/base/units.h"
#include "viewer/model/trace.h"

namespace loopscope::report {

struct KindSummary {
  std::string kind;
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  std::uint64_t pending = 0;
  Histogram lifetime;
  Histogram queue;
};

struct TaskSummary {
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  std::uint64_t pending = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t abandoned = 0;
  std::vector<KindSummary> by_kind;  // most pending first, then most created
};

TaskSummary summary_of_tasks(const model::Trace& trace);

// Sites with tasks, most pending first, then most created.
std::vector<model::SiteIndex> sites_by_pending(const model::Trace& trace);

// Age of the oldest pending task of each site; 0 if none is pending.
std::vector<Nanos> oldest_pending_age(const model::Trace& trace);

// Of the whole trace; 0 if it has no length.
double created_per_second(const model::Trace& trace, const model::Site& site);

// Of the tasks that a site created, 0 .. 1.
double share_never_finished(const model::Site& site);

struct LoopStalls {
  std::uint64_t stalls = 0;
  Nanos blocked = 0;
};
std::vector<LoopStalls> stalls_by_loop(const model::Trace& trace);

// Busy share of a loop's time, 0 .. 1.
double utilization(const model::Loop& loop);

// The tasks that led to `task`, nearest first, without it; ends at a task seen before (damaged traces) or after
// `most`.
std::vector<model::TaskIndex> parents_of(const model::Trace& trace, model::TaskIndex task, std::size_t most);

// Tasks of which only sums are known, since the trace was read as a stream.
std::uint64_t forgotten_tasks(const model::Trace& trace);

// "nvim": the base name of the executable, else of argv[0].
std::string program_name(const model::Process& process);

// ISO 8601 in UTC with milliseconds: "2026-11-23T01:27:04.123Z"; "" for 0.
std::string utc_text(std::int64_t unix_ns);

// "exit code 0", "killed by signal 9 (KILL)", "still running"...
std::string end_text(const model::Trace& trace);

// The contract's four words: exit, signal, killed, running. A recording that was stopped while the program ran
// on is "running"; a process that became another program is "exit".
std::string end_word(model::EndReason reason);

}  // namespace loopscope::report
