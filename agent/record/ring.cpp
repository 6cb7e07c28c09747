#include "agent/record/ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace loopscope::record {
namespace {

constexpr std::uint32_t kFirstChunks = 32;

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

// Blocks first (else a store may meet SIGBUS on a full disk), then pages (else a host thread would fault).
bool put_memory_behind(void* address, std::size_t bytes, int fd) {
  const int error = posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  if (error != 0) {
    errno = error;
    return false;
  }
  if (madvise(address, bytes, MADV_POPULATE_WRITE) != 0) {
    auto* bytes_at = static_cast<volatile char*>(address);
    for (std::size_t i = 0; i < bytes; i += 4096) bytes_at[i] = bytes_at[i];
  }
  return true;
}

void mark_ready(const Ring& ring, std::uint32_t chunk) {
  ring.header->ready[chunk / 64].fetch_or(std::uint64_t{1} << chunk % 64, std::memory_order_release);
}

}  // namespace

// Needs no descriptor, and reports a full file system instead of raising SIGBUS.
Chunk* grow(const Ring& ring) {
  RingHeader& header = *ring.header;
  std::uint32_t claimed = header.claimed_chunks.load(std::memory_order_relaxed);
  do {
    if (claimed >= header.chunk_count) return nullptr;
  } while (!header.claimed_chunks.compare_exchange_weak(claimed, claimed + 1, std::memory_order_relaxed));
  Chunk* chunk = &ring.chunks[claimed];
  if (madvise(chunk, kChunkBytes, MADV_POPULATE_WRITE) != 0) return nullptr;
  mark_ready(ring, claimed);
  return chunk;
}

Ring create_ring(int fd, std::uint64_t ring_bytes) {
  // Others live on that file system too; a container's may be small.
  struct statvfs room {};
  if (fstatvfs(fd, &room) == 0 && room.f_bavail != 0) {
    ring_bytes = std::min<std::uint64_t>(ring_bytes, std::uint64_t{room.f_bavail} * room.f_frsize / 2);
  }
  const auto chunk_count =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(ring_bytes / kChunkBytes, 8, kMaxChunks));
  const RingLayout at = ring_layout(chunk_count);
  if (ftruncate(fd, static_cast<off_t>(at.bytes)) != 0) return {};
  void* base = mmap(nullptr, at.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return {};
  Ring ring = ring_at(base, chunk_count);
  const std::uint32_t first = std::min(kFirstChunks, chunk_count);
  if (!put_memory_behind(base, at.chunks + first * kChunkBytes, fd)) {
    const int error = errno;
    munmap(base, at.bytes);
    errno = error;
    return {};
  }
  RingHeader& header = *ring.header;
  std::memcpy(header.magic, kRingMagic, sizeof kRingMagic);
  header.version = kRingVersion;
  header.pid = static_cast<std::uint32_t>(getpid());
  header.mapping_bytes = at.bytes;
  header.chunk_count = chunk_count;
  header.slot_count = kThreadSlots;
  header.next_thread_id.store(1, std::memory_order_relaxed);
  header.claimed_chunks.store(first, std::memory_order_relaxed);
  for (std::uint32_t i = first; i-- > 0;) {
    mark_ready(ring, i);
    free_chunk(ring, &ring.chunks[i]);
  }
  return ring;
}

void release_ring_memory(const Ring& ring, int fd) {
  const RingLayout at = ring_layout(ring.header->chunk_count);
  fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(at.definitions),
            static_cast<off_t>(at.bytes - at.definitions));
}

void unmap_ring(const Ring& ring) {
  if (ring) munmap(ring.header, ring.header->mapping_bytes);
}

Chunk* take_chunk(const Ring& ring) {
  RingHeader& header = *ring.header;
  std::uint64_t top = header.free_top.load(std::memory_order_acquire);
  for (;;) {
    const auto index = static_cast<std::uint32_t>(top);
    if (index == 0) return grow(ring);
    Chunk* chunk = &ring.chunks[index - 1];
    const std::uint64_t next = chunk->next_free.load(std::memory_order_relaxed);
    const std::uint64_t version = (top >> 32) + 1;
    if (header.free_top.compare_exchange_weak(top, version << 32 | next, std::memory_order_acquire)) {
      header.free_chunks.fetch_sub(1, std::memory_order_relaxed);
      return chunk;
    }
  }
}

void free_chunk(const Ring& ring, Chunk* chunk) {
  RingHeader& header = *ring.header;
  chunk->used.store(0, std::memory_order_relaxed);
  ring.state_of(chunk).store(kChunkFree, std::memory_order_release);
  header.free_chunks.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t top = header.free_top.load(std::memory_order_relaxed);
  for (;;) {
    chunk->next_free.store(static_cast<std::uint32_t>(top), std::memory_order_relaxed);
    const std::uint64_t version = (top >> 32) + 1;
    if (header.free_top.compare_exchange_weak(
            top, version << 32 | (static_cast<std::uint32_t>(chunk - ring.chunks) + 1),
            std::memory_order_release)) {
      return;
    }
  }
}

}  // namespace loopscope::record
