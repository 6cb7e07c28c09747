// Bytes to model: the one way into this room. Called by viewer/analysis and the command line, on the loader's
// thread. A trace cut at any byte, or damaged anywhere, is still read; what is missing is counted in
// Trace::integrity.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "viewer/base/result.h"
#include "viewer/model/address_names.h"
#include "viewer/model/trace.h"
#include "viewer/trace/process_header.h"

namespace loopscope::trace {

// Both must live for the call only.
struct TraceBytes {
  std::span<const std::byte> file;
  // Packets from the rings of a process that is gone; they continue the file, which the caller has cut where
  // they begin.
  std::span<const std::byte> recovered = {};
};

// Reading in memory that does not grow with the trace, but for 32 bytes a batch: only what is pending is in the table,
// and what is needed to judge it; see Trace::forgotten.
struct Streaming {
  // Tasks abandoned before this instant are summed up as such in Forgotten; asked once, with the trace's begin and end.
  std::function<Time(Time begin, Time end)> abandoned_until = [](Time, Time end) { return end; };
};

struct ReadOptions {
  std::string path;  // for Trace::path and errors
  // Asked before every batch with the share (0 .. 1) that is done; false stops reading.
  std::function<bool(double)> progress = {};
  // Told of bytes that will hardly be looked at again: whoever mapped them may give their memory back. They must
  // stay readable.
  std::function<void(std::span<const std::byte>)> forget = {};
  // What the model may weigh. 0: 1 GiB and 512 times the size of the trace, several times what real ones need.
  std::uint64_t max_model_bytes = 0;
  std::optional<Streaming> streaming = {};
  // Fill Trace::timeline; never while streaming, when tasks are forgotten.
  bool timeline = false;
  // Threads to read with, this one included; more than two are of no more use. 0: as many as there are processors.
  // The model does not depend on it.
  unsigned workers = 0;
};

struct ReadTrace {
  model::Trace trace;
  // Streaming: so many tasks were held at once.
  std::size_t task_slots = 0;
  model::AddressNames embedded;  // from Symbols packets; Frame::address is the key
};

// Errors: no intact packet and not the beginning of one, a newer format, more than the model may weigh, cancelled.
Result<ReadTrace> read_trace(const TraceBytes& bytes, const ReadOptions& options);

}  // namespace loopscope::trace
