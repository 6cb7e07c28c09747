#include "agent/recover/recover.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>

#include <protozero/pbf_writer.hpp>

#include "agent/record/ring_layout.h"
#include "agent/write/drain.h"
#include "agent/write/packet.h"

namespace loopscope::recover {
namespace {

using record::Commit;
using record::Ring;
using record::RingHeader;

// A ring file mapped privately: what recovery changes in it never reaches the file.
class MappedRing {
 public:
  MappedRing(const std::string& path, std::string& problem) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
      problem = path + ": " + std::strerror(errno);
      return;
    }
    struct stat status {};
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
      map(path, fd, static_cast<std::size_t>(status.st_size), problem);
    else
      problem = path + " is not a ring";
    close(fd);
  }
  ~MappedRing() {
    if (base_ != nullptr) munmap(base_, bytes_);
  }
  MappedRing(const MappedRing&) = delete;
  MappedRing& operator=(const MappedRing&) = delete;

  explicit operator bool() const { return static_cast<bool>(ring_); }
  const Ring& ring() const { return ring_; }

 private:
  void map(const std::string& path, int fd, std::size_t bytes, std::string& problem) {
    if (bytes < record::ring_layout(1).bytes) {
      problem = path + " is too short for a ring";
      return;
    }
    void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    if (base == MAP_FAILED) {
      problem = path + ": " + std::strerror(errno);
      return;
    }
    base_ = base;
    bytes_ = bytes;
    const auto& header = *static_cast<const RingHeader*>(base);
    if (std::memcmp(header.magic, record::kRingMagic, sizeof header.magic) != 0) {
      problem = path + " is not a ring";
    } else if (header.version != record::kRingVersion) {
      problem = path + " was written by another version of the agent (ring version " +
                std::to_string(header.version) + ", this one reads " + std::to_string(record::kRingVersion) +
                ")";
    } else if (header.chunk_count == 0 || header.slot_count != record::kThreadSlots ||
               header.chunk_count > bytes / record::kChunkBytes ||
               record::ring_layout(header.chunk_count).bytes > bytes) {
      problem = path + " is damaged: its parts do not fit into it";
    } else {
      ring_ = record::ring_at(base, header.chunk_count);
    }
  }

  void* base_ = nullptr;
  std::size_t bytes_ = 0;
  Ring ring_;
};

// A process that replaced itself by another program, or a number that was given again, maps no such file.
bool maps_file(std::uint32_t pid, const std::string& path) {
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  if (!maps) return pid != 0 && (kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with(path)) return true;
  }
  return false;
}

const Commit& last_commit(const Ring& ring) {
  static const Commit kNothing{};
  const std::uint64_t number = ring.header->commit_number.load(std::memory_order_acquire);
  return number == 0 ? kNothing : ring.commits[number & 1];
}

}  // namespace

bool read_ring(const std::string& ring_path, std::string_view session, RingState& state,
               std::string& problem) {
  problem.clear();
  const MappedRing mapped(ring_path, problem);
  if (!mapped) return false;
  const Ring& ring = mapped.ring();
  RingHeader& header = *ring.header;
  if (!session.empty() &&
      session != std::string_view(reinterpret_cast<const char*>(header.session), sizeof header.session)) {
    problem = ring_path + " belongs to another recording";
    return false;
  }
  state = {};
  state.pid = header.pid;
  state.owner = maps_file(header.pid, ring_path) ? RingState::Owner::running : RingState::Owner::gone;
  state.ran_loop = header.ran_loop.load(std::memory_order_relaxed) != 0;

  const Commit commit = last_commit(ring);
  state.committed_bytes = commit.trace_bytes;
  if (state.owner == RingState::Owner::running) {
    // Its writer goes on reusing what we would read; the file is at most an epoch behind.
    state.next_sequence = commit.next_sequence;
    state.total_events = commit.events;
    state.lost_events = commit.lost_events;
    return true;
  }
  write::PacketStream packets(commit.next_sequence == 0 ? 1 : commit.next_sequence);
  write::Drain drain(ring, commit, write::Compression::zstd, true);
  drain.pass(packets, commit.epoch + 1, true, [] {});
  drain.tell_remaining_losses(packets);
  if (const std::uint64_t failed = header.write_failed_events.load(std::memory_order_relaxed); failed != 0) {
    const int error = header.write_errno.load(std::memory_order_relaxed);
    state.write_error = std::strerror(error);
    write::append_loss(packets, {.reason = write::LossReason::write_failed,
                                 .thread = 0,
                                 .events = failed,
                                 .from_ticks = 0,
                                 .to_ticks = 0,
                                 .detail = state.write_error.c_str()});
    state.lost_events += failed;
  }
  state.next_sequence = packets.next_sequence();
  state.packets = packets.take();
  state.total_events = drain.events();
  state.events = drain.events() - std::min(drain.events(), commit.events);
  state.lost_events += drain.lost();
  return true;
}

bool read_live_numbers(const std::string& ring_path, LiveNumbers& numbers) {
  std::string problem;
  const MappedRing mapped(ring_path, problem);
  if (!mapped) return false;
  const RingHeader& header = *mapped.ring().header;
  numbers.pid = header.pid;
  numbers.events = header.live_events.load(std::memory_order_relaxed);
  numbers.pending = header.live_pending.load(std::memory_order_relaxed);
  numbers.lost_events = header.live_lost.load(std::memory_order_relaxed);
  numbers.bytes_written = header.live_bytes.load(std::memory_order_relaxed);
  numbers.ran_loop = header.ran_loop.load(std::memory_order_relaxed) != 0;
  return true;
}

std::string end_packet(const EndOfProcess& end, const RingState& state) {
  enum : std::int32_t { kExit = 1, kSignal = 2, kKilled = 3 };
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_enum(1, end.exited ? kExit : end.signal != 0 ? kSignal : kKilled);
  if (end.exited) {
    writer.add_int32(2, end.exit_code);
    writer.add_bool(3, true);
  }
  if (end.signal != 0) writer.add_uint32(4, static_cast<std::uint32_t>(end.signal));
  writer.add_uint64(6, state.total_events);
  writer.add_uint64(7, state.lost_events);
  writer.add_bool(8, true);
  write::PacketStream packets(state.next_sequence);
  packets.append(write::Content::end, message);
  return packets.take();
}

}  // namespace loopscope::recover
