// From a ring to packets: one pass takes what is committed, in the order that the trace promises (what is
// named, then what uses the names), and says what may be freed once the packets are safe. The writer calls it
// for its own process, recovery for a dead one; in the second case every byte may be damaged.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "agent/record/ring_layout.h"
#include "agent/write/batch.h"
#include "agent/write/packet.h"

namespace loopscope::write {

// Numbers of loopscope.Loss.Reason.
enum class LossReason : std::uint32_t {
  pool_empty = 1,
  reentered = 2,
  no_thread_slot = 3,
  write_failed = 4,
  definition_dropped = 5,
  ring_damaged = 6,
};

struct Loss {
  LossReason reason;
  std::uint32_t thread = 0;
  std::uint64_t events = 0;
  std::uint64_t from_ticks = 0;
  std::uint64_t to_ticks = 0;
  const char* detail = "";
};

void append_loss(PacketStream& packets, const Loss& loss);

class Drain {
 public:
  // `from`: where the trace stands. A ring of a dead process is mapped privately: `dead` says that nobody
  // will commit anything any more.
  Drain(const record::Ring& ring, const record::Commit& from, Compression compression, bool dead);

  // Takes full chunks, and with `partial` what is committed of the others. Calls `spill` whenever a good
  // megabyte of packets has come together, so that memory stays bounded.
  void pass(PacketStream& packets, std::uint64_t epoch, bool partial, const std::function<void()>& spill);

  // After the packets of a pass are in the file and the commit says so.
  void free_taken();

  // Losses not told yet: what threads could not record and no chunk has told, at the end of a recording.
  void tell_remaining_losses(PacketStream& packets);
  void tell_counted_losses(PacketStream& packets);

  // Copies positions and totals into the commit to be.
  void fill(record::Commit& commit) const;

  // A pass that began at `ticks`: what comes two epochs later and is older is late.
  void note_epoch(std::uint64_t ticks);

  std::uint64_t events() const { return events_; }
  std::uint64_t created() const { return created_; }
  std::uint64_t finished() const { return finished_; }
  std::uint64_t lost() const { return lost_told_; }

 private:
  struct Piece {
    record::Chunk* chunk;
    std::uint32_t slot;
    std::uint64_t start;
    std::uint32_t used;
    bool full;
  };

  void snapshot(bool partial);
  void take_definitions(PacketStream& packets);
  void announce_threads(PacketStream& packets);
  void take_events(PacketStream& packets, std::uint64_t epoch, const std::function<void()>& spill);
  void encode_piece(PacketStream& packets, const Piece& piece, std::uint64_t epoch);
  void flush_batch(PacketStream& packets, std::uint64_t epoch);

  record::Ring ring_;
  bool dead_;
  BatchEncoder encoder_;
  bool batch_open_ = false;
  std::vector<Piece> pieces_;
  std::vector<record::Chunk*> taken_;
  std::vector<std::uint64_t> positions_;  // by slot
  std::vector<ThreadCursor> cursors_;     // by slot; only good where cursor_at_ is the position
  std::vector<std::uint64_t> cursor_at_;
  std::vector<std::uint64_t> lost_told_by_slot_;
  std::uint64_t definitions_consumed_ = 0;
  std::uint64_t definitions_freed_ = 0;
  bool definitions_broken_ = false;
  std::uint64_t events_ = 0, created_ = 0, finished_ = 0;
  std::uint64_t lost_told_ = 0;
  std::uint64_t reentered_told_ = 0, no_slot_told_ = 0, definitions_told_ = 0;
  std::uint64_t epoch_starts_[2] = {0, 0};  // of the last epoch but one, of the last
};

}  // namespace loopscope::write
