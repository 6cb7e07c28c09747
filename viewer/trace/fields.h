// Field numbers of proto/trace.proto, for protozero. tests/proto holds them against the schema.
#pragma once

#include <cstdint>

namespace loopscope::trace::field {

namespace packet {
enum : std::uint32_t {
  checksum = 1,
  sequence = 2,
  process = 3,
  clock_anchor = 4,
  definitions = 5,
  batch = 6,
  epoch = 7,
  stall = 8,
  stall_sample = 9,
  loss = 10,
  agent_cost = 11,
  symbols = 12,
  pending_summary = 13,
  end = 14,
  run_queue_wait = 15,
  stall_woken = 16,
  reachability = 17,
};
}  // namespace packet

namespace process {
enum : std::uint32_t {
  format_version = 1,
  agent_version = 2,
  session = 3,
  pid = 4,
  parent_pid = 5,
  executable = 6,
  argv = 7,
  started_at_unix_ns = 8,
  clock = 9,
  cpus = 10,
  ring_path = 11,
  options = 15,
};
}  // namespace process

namespace clock {
enum : std::uint32_t { source = 1, rule = 2, ticks_per_second = 3 };
}  // namespace clock

namespace anchor {
enum : std::uint32_t { ticks = 1, monotonic_ns = 2 };
}  // namespace anchor

namespace definitions {
enum : std::uint32_t { strings = 1, sites = 2, loops = 3, threads = 4, modules = 5, gauges = 6 };
}  // namespace definitions

namespace string {
enum : std::uint32_t { id = 1, text = 2 };
}  // namespace string

namespace site {
enum : std::uint32_t {
  id = 1,
  kind_string = 2,
  flags = 3,
  name_string = 4,
  file_string = 5,
  function_string = 6,
  line = 7,
  frames = 8,
  frames_truncated = 9,
};
}  // namespace site

namespace loop {
enum : std::uint32_t { id = 1, kind_string = 2, name_string = 3, thread = 4 };
}  // namespace loop

namespace thread {
enum : std::uint32_t { id = 1, tid = 2, name = 3 };
}  // namespace thread

namespace module {
enum : std::uint32_t { id = 1, path = 2, build_id = 3, start = 4, end = 5, load_bias = 6 };
}  // namespace module

namespace gauge {
enum : std::uint32_t { id = 1, name_string = 2, unit_string = 3 };
}  // namespace gauge

namespace batch {
enum : std::uint32_t {
  thread = 1,
  epoch = 2,
  events = 3,
  base_ticks = 4,
  last_ticks = 5,
  count_by_kind = 6,
  min_task = 7,
  max_task = 8,
  longest_span_ticks = 9,
  open_spans = 10,
  late = 11,
  codec = 12,
  raw_size = 13,
  columns = 14,
};
}  // namespace batch

namespace open_span {
enum : std::uint32_t { task = 1, begin_ticks = 2 };
}  // namespace open_span

namespace columns {
enum : std::uint32_t {
  kinds = 1,
  time_deltas = 2,
  created_deltas = 3,
  task_deltas = 4,
  parents = 5,
  sites = 6,
  values = 7,
  numbers = 8,
  byte_task_deltas = 10,
  byte_counts = 11,
};
}  // namespace columns

namespace epoch {
enum : std::uint32_t { number = 1, anchor = 2 };
}  // namespace epoch

namespace stall {
enum : std::uint32_t {
  id = 1,
  thread = 2,
  loop = 3,
  task = 4,
  begin_ticks = 5,
  end_ticks = 6,
  cause = 7,
  run_queue_wait_ns = 8,
  suppressed = 9,
  cpu_ns = 10,
};
}  // namespace stall

namespace stall_sample {
enum : std::uint32_t {
  stall = 1,
  ticks = 2,
  frames = 3,
  cause = 4,
  system_call_plus_1 = 5,
  watchdog_late_ns = 6,
  frames_truncated = 7,
  trouble = 8,
};
}  // namespace stall_sample

namespace stall_woken {
enum : std::uint32_t { stall = 1, by = 2, events = 3 };
}  // namespace stall_woken

namespace run_queue_wait {
enum : std::uint32_t { thread = 1, from_ticks = 2, to_ticks = 3, wait_ns = 4 };
}  // namespace run_queue_wait

namespace reachability {
enum : std::uint32_t {
  check = 1,
  ticks = 2,
  trouble = 3,
  suspended = 4,
  reached = 5,
  elsewhere = 6,
  unreachable = 7,
  tasks = 8,
  threads = 9,
  heap_bytes = 10,
  root_bytes = 11,
  duration_ns = 12,
  pause_ns = 13,
  at_exit = 14,
};
}  // namespace reachability

namespace loss {
enum : std::uint32_t { reason = 1, thread = 2, events = 3, from_ticks = 4, to_ticks = 5, detail = 6 };
}  // namespace loss

namespace agent_cost {
enum : std::uint32_t { cpu_ns = 1, events = 2, lost_events = 3, bytes_written = 4 };
}  // namespace agent_cost

namespace symbols {
enum : std::uint32_t { addresses = 1 };
enum address : std::uint32_t { address = 1, frames = 2, module = 3, program_counter = 4 };
enum frame : std::uint32_t { function = 1, file = 2, line = 3 };
}  // namespace symbols

namespace end {
enum : std::uint32_t {
  reason = 1,
  exit_code = 2,
  exit_code_known = 3,
  signal = 4,
  anchor = 5,
  events = 6,
  lost_events = 7,
  recovered = 8,
};
}  // namespace end

}  // namespace loopscope::trace::field
