// The first picture of a trace, from the headers of its packets alone: no event is unpacked, so that a trace of a
// hundred million events is seen at once. Called by viewers, on any thread, before or beside read_trace.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "viewer/base/result.h"
#include "viewer/base/units.h"
#include "viewer/model/trace.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/process_header.h"

namespace loopscope::trace {

// What a batch says of itself. None of it was held against its events.
struct BatchOverview {
  std::uint64_t thread = 0;  // as in Overview::threads, if it was defined
  std::uint64_t epoch = 0;
  std::uint64_t events = 0;
  Time begin = 0;                                  // the event before its first
  Time end = 0;                                    // its last
  std::array<std::uint32_t, kEventKinds> count{};  // by EventKind
  std::uint64_t min_task = 0;                      // numbers in the trace; 0, 0 if it names none
  std::uint64_t max_task = 0;
  Nanos longest_span = 0;  // of those that ended in it
  bool late = false;       // some event is older than the epoch before

  std::uint64_t created() const { return count[kTaskCreated]; }
  std::uint64_t finished() const { return std::uint64_t{count[kTaskFinished]} + count[kTaskFinishedWith]; }
  // How many more tasks are pending behind it than before it.
  std::int64_t live_delta() const {
    return static_cast<std::int64_t>(created()) - static_cast<std::int64_t>(finished());
  }
};

struct Overview {
  ProcessHeader process;
  std::vector<model::Thread> threads;  // `events` is what their batches say
  std::vector<BatchOverview> batches;  // in the order of the trace
  std::vector<model::Integrity::Lost> losses;
  std::uint64_t lost_events = 0;
  std::uint64_t events = 0;  // of all batches
  std::uint64_t created = 0;
  std::uint64_t finished = 0;
  Time begin = 0;
  Time end = 0;  // the last event, or later
  bool end_seen = false;
  model::EndReason end_reason = model::EndReason::killed;
  bool torn_tail = false;
  std::uint64_t damaged_packets = 0;  // of those that were checked

  Nanos duration() const { return end - begin; }
};

// Errors: as of MappedFile::open, not a trace, a newer format.
Result<Overview> read_overview(const std::string& path);

// `path` is for the error only.
Result<Overview> read_overview(std::span<const std::byte> file, const std::string& path = "");

}  // namespace loopscope::trace
