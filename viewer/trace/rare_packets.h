// What the packets beside batches and definitions say, as it stands there: anchors, stalls, losses, the end, names of
// addresses. The parsers throw protozero::exception on a damaged message. Used by read_trace and read_overview.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/model/address_names.h"
#include "viewer/model/trace.h"

namespace loopscope::trace {

struct Anchor {
  std::uint64_t ticks = 0;
  std::uint64_t monotonic_ns = 0;
  bool seen = false;
};

// A number of the schema's StallCause that this room itself draws.
inline constexpr std::uint64_t kNotScheduled = 3;

struct RawStall {
  std::uint64_t id = 0, thread = 0, begin_ticks = 0, end_ticks = 0, cause = 0;
  std::uint64_t run_queue_wait_ns = 0, suppressed = 0, cpu_ns = 0;
};

struct RawStallSample {
  std::uint64_t stall = 0, ticks = 0, cause = 0, system_call_plus_1 = 0, watchdog_late_ns = 0;
  std::vector<std::uint64_t> frames;
  bool truncated = false;
  std::string trouble;
};

struct RawStallWoken {
  std::uint64_t stall = 0, events = 0;
  std::vector<std::string> by;  // the first ones
};

struct RawRunQueueWait {
  std::uint64_t thread = 0, from_ticks = 0, to_ticks = 0, wait_ns = 0;
};

struct RawReachability {
  std::uint64_t check = 0, ticks = 0;
  std::string trouble;
  std::uint64_t suspended = 0, reached = 0, elsewhere = 0, unreachable = 0;
  std::vector<std::uint64_t> tasks;
  std::uint64_t threads = 0, heap_bytes = 0, root_bytes = 0, duration_ns = 0, pause_ns = 0;
  bool at_exit = false;
};

struct RawLoss {
  std::uint64_t reason = 0, events = 0, from_ticks = 0, to_ticks = 0;
  std::string detail;
};

struct RawEnd {
  bool seen = false;
  std::uint64_t reason = 0, signal = 0, lost_events = 0;
  std::int32_t exit_code = 0;
  bool exit_code_known = false;
  bool recovered = false;
  Anchor anchor;
};

Anchor parse_anchor(std::string_view message);
// The anchor in an Epoch packet; not `seen` if it has none.
Anchor parse_epoch(std::string_view message);
RawStall parse_stall(std::string_view message);
RawStallSample parse_stall_sample(std::string_view message);
RawStallWoken parse_stall_woken(std::string_view message);
RawRunQueueWait parse_run_queue_wait(std::string_view message);
RawReachability parse_reachability(std::string_view message);
RawLoss parse_loss(std::string_view message);
RawEnd parse_end(std::string_view message);
void parse_symbols(std::string_view message, model::AddressNames& names);

// "system call"; "" if not known.
std::string cause_text(std::uint64_t cause);
// "no free chunk in the pool"
std::string loss_text(std::uint64_t reason);
model::EndReason end_reason(std::uint64_t reason);

}  // namespace loopscope::trace
