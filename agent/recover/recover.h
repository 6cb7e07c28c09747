// What a dead process had recorded but not yet written: from its ring file to packets of a trace. Uses the
// writer's own encoder, so that there is one translation of records. Called by the command line and by
// viewer/analysis, never in a host. Every byte of a ring file may be damaged or hostile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loopscope::recover {

struct RingState {
  enum class Owner : std::uint8_t {
    running,  // the process still maps this ring
    gone,
  };
  Owner owner = Owner::gone;
  std::uint32_t pid = 0;
  // The trace is good up to here; bytes after it are a half-written epoch that `packets` holds again.
  std::uint64_t committed_bytes = 0;
  // Packets that continue the trace at committed_bytes. No End packet among them: see end_packet.
  std::string packets;
  std::uint64_t next_sequence = 1;  // of the packet after them
  std::uint64_t events = 0;         // in `packets`
  std::uint64_t total_events = 0;   // with what the trace already holds
  std::uint64_t lost_events = 0;
  std::string write_error;  // why the writer could not write, "" if it could
  bool ran_loop = false;    // some loop polled in that process
};

// Live numbers of a running recording, read from its ring without disturbing it.
struct LiveNumbers {
  std::uint32_t pid = 0;
  std::uint64_t events = 0;
  std::uint64_t pending = 0;
  std::uint64_t lost_events = 0;
  std::uint64_t bytes_written = 0;
  bool ran_loop = false;
};

// `session` is the 16 bytes from the trace's Process packet; "" accepts any. False with `problem` set if the
// ring is missing, of another session or too damaged to use.
bool read_ring(const std::string& ring_path, std::string_view session, RingState& state,
               std::string& problem);
bool read_live_numbers(const std::string& ring_path, LiveNumbers& numbers);

struct EndOfProcess {
  bool exited = false;  // exit_code holds
  int exit_code = 0;
  int signal = 0;  // != 0: killed by it
  // neither: gone, nobody knows how
};

// One End packet with this sequence number.
std::string end_packet(const EndOfProcess& end, const RingState& state);

}  // namespace loopscope::recover
