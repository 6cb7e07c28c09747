#include "agent/write/drain.h"

#include <time.h>

#include <algorithm>
#include <cstring>

#include <protozero/pbf_writer.hpp>

#include "agent/record/definitions.h"
#include "agent/record/ring.h"
#include "agent/write/definitions_packet.h"
#include "agent/write/observation_packet.h"

namespace loopscope::write {

using namespace record;

void append_loss(PacketStream& packets, const Loss& loss) {
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_enum(1, static_cast<std::int32_t>(loss.reason));
  if (loss.thread != 0) writer.add_uint32(2, loss.thread);
  writer.add_uint64(3, loss.events);
  if (loss.from_ticks != 0) writer.add_uint64(4, loss.from_ticks);
  if (loss.to_ticks != 0) writer.add_uint64(5, loss.to_ticks);
  if (*loss.detail != '\0') writer.add_string(6, loss.detail);
  packets.append(Content::loss, message);
}

Drain::Drain(const Ring& ring, const Commit& from, Compression compression, bool dead)
    : ring_(ring),
      dead_(dead),
      encoder_(compression),
      positions_(from.positions, from.positions + kThreadSlots),
      cursors_(kThreadSlots),
      cursor_at_(kThreadSlots, UINT64_MAX),
      lost_told_by_slot_(from.lost_by_slot, from.lost_by_slot + kThreadSlots),
      definitions_consumed_(from.definitions_consumed),
      definitions_freed_(from.definitions_consumed),
      events_(from.events),
      lost_told_(from.lost_events),
      reentered_told_(from.reentered),
      no_slot_told_(from.no_slot_events),
      definitions_told_(from.definitions_dropped) {}

void Drain::pass(PacketStream& packets, std::uint64_t epoch, bool partial,
                 const std::function<void()>& spill) {
  snapshot(partial);
  // After the snapshot, so that whatever its events name is there.
  take_definitions(packets);
  announce_threads(packets);
  take_events(packets, epoch, spill);
}

void Drain::snapshot(bool partial) {
  pieces_.clear();
  const std::uint32_t claimed = std::min(ring_.header->claimed_chunks.load(std::memory_order_acquire),
                                         std::min(ring_.header->chunk_count, kMaxChunks));
  for (std::uint32_t i = 0; i < claimed; ++i) {
    if (!is_ready(*ring_.header, i)) continue;
    Chunk& chunk = ring_.chunks[i];
    const std::uint8_t state = ring_.state_of(&chunk).load(std::memory_order_acquire);
    if (state == kChunkFree || (state == kChunkFilling && !partial)) continue;
    const std::uint32_t used = words_used(chunk.used.load(std::memory_order_acquire));
    if (used > kChunkWords || chunk.slot >= kThreadSlots) continue;
    pieces_.push_back({&chunk, chunk.slot, chunk.start_position, used, state == kChunkFull});
  }
  std::sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) {
    return a.slot != b.slot ? a.slot < b.slot : a.start < b.start;
  });
}

void Drain::take_definitions(PacketStream& packets) {
  if (definitions_broken_) return;
  const std::uint64_t reserved = ring_.header->definitions_reserved.load(std::memory_order_acquire);
  DefinitionsPacket packet;
  while (definitions_consumed_ != reserved) {
    const std::uint64_t offset = definitions_consumed_ % kDefinitionBytes;
    auto* word_at = reinterpret_cast<std::uint64_t*>(ring_.definitions + offset);
    std::atomic_ref<std::uint64_t> word_ref(*word_at);
    std::uint64_t word = word_ref.load(std::memory_order_acquire);
    // A thread between reserving and committing is a few stores away from done.
    for (int wait = 0; word == 0 && !dead_ && wait < 1'000; ++wait) {
      const timespec pause{0, 1'000'000};
      nanosleep(&pause, nullptr);
      word = word_ref.load(std::memory_order_acquire);
    }
    const std::size_t bytes = DefinitionWord::bytes(word);
    const std::size_t total = DefinitionWord::total(bytes);
    if ((word & DefinitionWord::kCommitted) == 0 || bytes > kDefinitionBytes ||
        offset + total > kDefinitionBytes || total > reserved - definitions_consumed_) {
      // Nothing behind it can be found any more.
      definitions_broken_ = true;
      ring_.header->definitions_dropped.fetch_add(1, std::memory_order_relaxed);
      break;
    }
    const unsigned char* payload = ring_.definitions + offset + 8;
    if (const DefinitionKind kind = DefinitionWord::kind(word); is_observation(kind)) {
      append_observation(packets, kind, payload, bytes);
    } else {
      packet.add(kind, payload, bytes);
    }
    definitions_consumed_ += total;
    if (packet.bytes().size() > 256 * 1024) {
      packets.append(Content::definitions, packet.bytes());
      packet = DefinitionsPacket();
    }
  }
  if (!packet.bytes().empty()) packets.append(Content::definitions, packet.bytes());
}

void Drain::announce_threads(PacketStream& packets) {
  DefinitionsPacket packet;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (i > 0 && pieces_[i].slot == pieces_[i - 1].slot &&
        pieces_[i].chunk->thread_id == pieces_[i - 1].chunk->thread_id) {
      continue;
    }
    ThreadSlot& slot = ring_.slots[pieces_[i].slot];
    // A slot goes to another thread only when it is empty, so this differs only in a damaged ring.
    if (slot.thread_id != pieces_[i].chunk->thread_id) continue;
    if (!dead_ && slot.announced.exchange(1, std::memory_order_acq_rel) != 0) continue;
    char name[sizeof slot.name + 1] = {};
    std::memcpy(name, slot.name, sizeof slot.name);
    packet.add_thread(slot.thread_id, slot.tid, name);
  }
  if (!packet.bytes().empty()) packets.append(Content::definitions, packet.bytes());
}

void Drain::take_events(PacketStream& packets, std::uint64_t epoch, const std::function<void()>& spill) {
  constexpr std::size_t kSpillBytes = 1024 * 1024;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    if (i > 0 && pieces_[i - 1].slot != piece.slot) flush_batch(packets, epoch);
    std::uint64_t& position = positions_[piece.slot];
    // The chunk before this one went on after it was looked at: next time.
    if (piece.start > position && !dead_) continue;
    if (piece.start > position) position = piece.start;
    if (piece.start + piece.used > position) encode_piece(packets, piece, epoch);
    if (piece.full && piece.start + piece.used <= position) taken_.push_back(piece.chunk);
    if (packets.bytes().size() > kSpillBytes) spill();
  }
  flush_batch(packets, epoch);
}

void Drain::encode_piece(PacketStream& packets, const Piece& piece, std::uint64_t epoch) {
  const Chunk& chunk = *piece.chunk;
  ThreadCursor& cursor = cursors_[piece.slot];
  std::uint64_t& position = positions_[piece.slot];
  const std::uint64_t* from = chunk.words + (position - piece.start);
  const std::uint64_t* to = chunk.words + piece.used;
  bool damaged = false;

  if (position == piece.start) {
    const bool other_thread = cursor.thread_id != chunk.thread_id;
    if (other_thread || chunk.lost_before != 0 || cursor_at_[piece.slot] != position) {
      flush_batch(packets, epoch);
      cursor.start_at(chunk);
    }
    if (chunk.lost_before != 0) {
      append_loss(packets, {.reason = LossReason::pool_empty,
                            .thread = chunk.thread_id,
                            .events = chunk.lost_before,
                            .from_ticks = chunk.lost_from_ticks,
                            .to_ticks = chunk.base_ticks,
                            .detail = ""});
      lost_told_ += chunk.lost_before;
      lost_told_by_slot_[piece.slot] += chunk.lost_before;
    }
  } else if (cursor_at_[piece.slot] != position) {
    flush_batch(packets, epoch);
    cursor.start_at(chunk);
    damaged = !cursor.skim(chunk.words, from);
  }

  while (from < to && !damaged) {
    if (!batch_open_) {
      encoder_.begin(cursor);
      batch_open_ = true;
    }
    const std::uint64_t* stopped = encoder_.add(cursor, from, to);
    if (encoder_.full()) {
      flush_batch(packets, epoch);
    } else if (stopped < to) {
      damaged = true;
    }
    from = stopped;
  }
  if (damaged) {
    flush_batch(packets, epoch);
    append_loss(packets, {.reason = LossReason::ring_damaged,
                          .thread = chunk.thread_id,
                          .events = 1,
                          .from_ticks = cursor.last_ticks,
                          .to_ticks = 0,
                          .detail = "a chunk holds something that is no record; the rest of it is left out"});
  }
  position = piece.start + piece.used;
  cursor_at_[piece.slot] = damaged ? UINT64_MAX : position;
}

void Drain::flush_batch(PacketStream& packets, std::uint64_t epoch) {
  if (!batch_open_) return;
  batch_open_ = false;
  if (encoder_.events() == 0) return;
  events_ += encoder_.events();
  created_ += encoder_.count(kTaskCreated);
  finished_ += encoder_.count(kTaskFinished) + encoder_.count(kTaskFinishedWith);
  const bool late = encoder_.first_ticks() < epoch_starts_[0];
  packets.append(Content::batch, encoder_.finish(epoch, late, !dead_ && is_half_full(*ring_.header)));
}

void Drain::free_taken() {
  // Zero again before anybody may reserve it: a word that is not 0 is a promise.
  while (definitions_freed_ != definitions_consumed_) {
    const std::uint64_t offset = definitions_freed_ % kDefinitionBytes;
    const std::uint64_t bytes =
        std::min(definitions_consumed_ - definitions_freed_, kDefinitionBytes - offset);
    std::memset(ring_.definitions + offset, 0, bytes);
    definitions_freed_ += bytes;
  }
  ring_.header->definitions_consumed.store(definitions_freed_, std::memory_order_release);
  for (Chunk* chunk : taken_) free_chunk(ring_, chunk);
  ring_.header->full_chunks.fetch_sub(static_cast<std::uint32_t>(taken_.size()), std::memory_order_relaxed);
  taken_.clear();
  for (std::uint32_t i = 0; i < kThreadSlots; ++i) {
    ThreadSlot& slot = ring_.slots[i];
    if (slot.state.load(std::memory_order_acquire) == kSlotExited && slot.position == positions_[i]) {
      slot.state.store(kSlotFree, std::memory_order_release);
    }
  }
}

void Drain::tell_counted_losses(PacketStream& packets) {
  std::uint64_t reentered = 0;
  for (std::uint32_t i = 0; i < kThreadSlots; ++i)
    reentered += ring_.slots[i].reentered.load(std::memory_order_relaxed);
  auto tell = [&](LossReason reason, std::uint64_t now, std::uint64_t& told) {
    if (now <= told) return;
    append_loss(
        packets,
        {.reason = reason, .thread = 0, .events = now - told, .from_ticks = 0, .to_ticks = 0, .detail = ""});
    lost_told_ += now - told;
    told = now;
  };
  tell(LossReason::reentered, reentered, reentered_told_);
  tell(LossReason::no_thread_slot, ring_.header->no_slot_events.load(std::memory_order_relaxed),
       no_slot_told_);
  tell(LossReason::definition_dropped, ring_.header->definitions_dropped.load(std::memory_order_relaxed),
       definitions_told_);
}

void Drain::tell_remaining_losses(PacketStream& packets) {
  tell_counted_losses(packets);
  for (std::uint32_t i = 0; i < kThreadSlots; ++i) {
    const ThreadSlot& slot = ring_.slots[i];
    const std::uint64_t lost = slot.lost_events.load(std::memory_order_relaxed);
    if (lost <= lost_told_by_slot_[i]) continue;
    append_loss(packets, {.reason = LossReason::pool_empty,
                          .thread = slot.thread_id,
                          .events = lost - lost_told_by_slot_[i],
                          .from_ticks = 0,
                          .to_ticks = 0,
                          .detail = ""});
    lost_told_ += lost - lost_told_by_slot_[i];
    lost_told_by_slot_[i] = lost;
  }
}

void Drain::fill(Commit& commit) const {
  std::copy(positions_.begin(), positions_.end(), commit.positions);
  std::copy(lost_told_by_slot_.begin(), lost_told_by_slot_.end(), commit.lost_by_slot);
  commit.reentered = reentered_told_;
  commit.no_slot_events = no_slot_told_;
  commit.definitions_dropped = definitions_told_;
  commit.definitions_consumed = definitions_consumed_;
  commit.events = events_;
  commit.lost_events = lost_told_;
}

void Drain::note_epoch(std::uint64_t ticks) {
  epoch_starts_[0] = epoch_starts_[1];
  epoch_starts_[1] = ticks;
}

}  // namespace loopscope::write
