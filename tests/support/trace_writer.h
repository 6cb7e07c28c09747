// Bytes of a trace from lists of events, through libprotobuf: an encoder of its own, which shares nothing with
// the agent's. For reader tests, golden traces and fuzz seeds. Ticks are whatever the test says; anchors give
// them a meaning.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/trace.pb.h"

namespace loopscope::testing {

// One event. Fields that its kind does not take are not written.
struct Event {
  EventKind kind = EVENT_NONE;
  std::uint64_t ticks = 0;
  std::uint64_t task = 0;
  std::uint64_t other = 0;  // parent, awaited or asker
  std::uint32_t site = 0;
  std::vector<std::uint64_t> values = {};  // as in EventKind, behind the ';'
  double number = 0;
  std::uint64_t bytes = 0;
};

inline Event task_created(std::uint64_t ticks, std::uint64_t task, std::uint32_t site,
                          std::uint64_t parent = 0) {
  return {.kind = TASK_CREATED, .ticks = ticks, .task = task, .other = parent, .site = site};
}
inline Event span_begin(std::uint64_t ticks, std::uint64_t task) {
  return {.kind = SPAN_BEGIN, .ticks = ticks, .task = task};
}
inline Event span_begin_chained(std::uint64_t task) { return {.kind = SPAN_BEGIN_CHAINED, .task = task}; }
inline Event span_end(std::uint64_t ticks) { return {.kind = SPAN_END, .ticks = ticks}; }
inline Event task_finished(std::uint64_t ticks, std::uint64_t task) {
  return {.kind = TASK_FINISHED, .ticks = ticks, .task = task};
}
Event task_finished_with(std::uint64_t ticks, std::uint64_t task, Outcome outcome, std::int64_t code = 0,
                         std::uint64_t error_string = 0);
inline Event task_ready(std::uint64_t ticks, std::uint64_t task) {
  return {.kind = TASK_READY, .ticks = ticks, .task = task};
}
inline Event task_due(std::uint64_t task, std::uint64_t in_ns) {
  return {.kind = TASK_DUE, .task = task, .values = {in_ns}};
}
inline Event task_bytes(std::uint64_t task, std::uint64_t bytes) {
  return {.kind = TASK_BYTES, .task = task, .bytes = bytes};
}
inline constexpr std::uint64_t kForEver = UINT64_MAX;
inline Event poll_begin(std::uint64_t ticks, std::uint64_t loop, std::uint64_t timeout_ns) {
  return {.kind = POLL_BEGIN, .ticks = ticks, .values = {loop, timeout_ns == kForEver ? 0 : timeout_ns + 1}};
}
inline Event poll_end(std::uint64_t ticks, std::uint64_t loop, std::uint64_t events) {
  return {.kind = POLL_END, .ticks = ticks, .values = {loop, events}};
}

// A Stall packet: what the watchdog saw of a tick. end 0: not over.
struct Seen {
  std::uint64_t id = 0;
  std::uint32_t thread = 0;
  std::uint64_t begin = 0, end = 0;
  std::uint64_t run_queue_wait_ns = 0, cpu_ns = 0, suppressed = 0;
  StallCause cause = RUNNING;
};
struct Sampled {
  std::uint64_t stall = 0;
  std::uint64_t ticks = 0;
  StallCause cause = RUNNING;
  std::vector<std::uint64_t> frames = {0x403000};
};

enum class Packing { raw, zstd, lz4 };

class TraceWriter {
 public:
  // Begins with the process header (pid 4711, one tick a nanosecond) and an anchor: ticks 1000 are time 0.
  explicit TraceWriter(const std::vector<std::string>& options = {});
  // Begins with nothing.
  static TraceWriter empty();

  // Each of these adds one packet.
  TraceWriter& process(const Process& process);
  TraceWriter& anchor(std::uint64_t ticks, std::uint64_t monotonic_ns);
  TraceWriter& define(const Definitions& definitions);
  TraceWriter& epoch(std::uint64_t number, std::uint64_t ticks, std::uint64_t monotonic_ns);
  TraceWriter& loss(Loss::Reason reason, std::uint64_t events);
  TraceWriter& stall(const Seen& seen);
  TraceWriter& sample(const Sampled& sampled);
  TraceWriter& run_queue_wait(std::uint32_t thread, std::uint64_t from, std::uint64_t to,
                              std::uint64_t wait_ns);
  TraceWriter& end(End::Reason reason, int exit_code, std::uint64_t ticks);
  // Any content; the sequence is filled in.
  TraceWriter& packet(Packet packet);

  // Events of one thread. Spans left open are carried into the thread's next batch.
  TraceWriter& batch(std::uint32_t thread, std::uint64_t epoch, const std::vector<Event>& events,
                     Packing packing = Packing::zstd);

  // Shorthands for definitions; numbers are given out from 1.
  std::uint32_t string(const std::string& text);
  std::uint32_t site(const std::string& kind, std::vector<std::uint64_t> frames = {},
                     std::uint32_t flags = 0);
  std::uint32_t loop(const std::string& kind, std::uint32_t thread);
  std::uint32_t thread(const std::string& name, std::uint32_t tid);

  // Leaves out a sequence number, as if that packet were lost.
  TraceWriter& skip_sequence(std::uint64_t packets = 1);
  std::uint64_t next_sequence() const { return sequence_; }

  const std::string& bytes() const { return bytes_; }
  // Where each packet begins, and the end.
  const std::vector<std::size_t>& offsets() const { return offsets_; }

 private:
  struct Nothing {};
  explicit TraceWriter(Nothing) {}

  std::string bytes_;
  std::vector<std::size_t> offsets_{0};
  std::uint64_t sequence_ = 1;
  std::uint32_t strings_ = 0, sites_ = 0, loops_ = 0, threads_ = 0;
  struct Open {
    std::uint32_t thread;
    std::vector<OpenSpan> spans;
    std::uint64_t last_ticks;
  };
  Open& open_of(std::uint32_t thread, std::uint64_t ticks);
  std::vector<Open> open_;
};

// The Batch of these events, for tests that spoil it before writing it.
Batch encode_batch(std::uint32_t thread, std::uint64_t epoch, std::uint64_t base_ticks,
                   const std::vector<OpenSpan>& open, const std::vector<Event>& events, Packing packing);
// Sets `columns`, `codec` and `raw_size`.
void pack_columns(Batch& batch, const std::string& columns, Packing packing);
// What they hold. Throws std::runtime_error if they cannot be unpacked.
Columns unpack_columns(const Batch& batch);

// One framed packet: tag, length, checksum, contents. `packet.checksum` is ignored.
std::string framed(Packet packet);

}  // namespace loopscope::testing
