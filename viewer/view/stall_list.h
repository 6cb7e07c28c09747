// The stalls as rows of a table, and who waited for one of them. Numbers are those of the JSON report's `stalls`, but of
// all stalls that the model keeps. Made once a trace and off the frame; sorted and filtered in it. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/trace.h"
#include "viewer/report/stall_facts.h"
#include "viewer/view/stall_selection.h"

namespace loopscope::view {

struct StallRow {
  std::size_t stall = 0;  // into Trace::stalls
  Time begin = 0;
  Nanos duration = 0;
  bool ended = true;
  std::uint32_t loop = 0;  // its number in the trace; 0: off any loop
  std::string thread;
  std::string cause;        // "" if nobody looked
  std::string system_call;  // "" if it was in none
  std::string where;
  std::uint64_t task = 0;  // its number in the trace; 0: a tick
  report::WaitedFor waited;
  std::uint64_t samples = 0;
  std::string words;           // all that a filter may find, "key=value" of the task's labels among it
  std::uint32_t by_cause = 0;  // its rank by cause_text(); equal ones have the same
  std::uint32_t by_where = 0;  // its rank by `where`
};

// In the order of Trace::stalls, longest first.
std::vector<StallRow> stall_rows(const model::Trace& trace);

enum class StallColumn : std::uint8_t {
  begin,
  duration,
  loop,
  cause,
  where,
  task,
  waited,
  waited_time,
  samples
};

// Indices of the rows that have all the words and are selected, in that order; equal ones stay longest first.
// Precondition: the rows are of that trace.
std::vector<std::uint32_t> shown_stalls(const std::vector<StallRow>& rows, const model::Trace& trace,
                                        std::string_view words, const StallSelection& selection,
                                        StallColumn column, bool descending);

// "fsync" where that is the cause, else "running", "not scheduled"...; "-" if nobody looked.
std::string cause_text(const StallRow& row);

struct WaitingTask {
  model::TaskIndex task = model::kNoTask;
  std::uint64_t number = 0;  // in the trace
  std::string place;         // where it was created
  Time from = 0;             // due or ready
  Nanos waited = 0;
};

// Longest first. As many as the stall's row counts, but for tasks that a damaged trace does not have.
std::vector<WaitingTask> who_waited(const model::Trace& trace, std::size_t stall);

// The rows as a table, and who waited, for the clipboard.
std::string stalls_text(const std::vector<StallRow>& rows, const std::vector<std::uint32_t>& shown);
std::string waiting_text(const std::vector<WaitingTask>& waiting);

}  // namespace loopscope::view
