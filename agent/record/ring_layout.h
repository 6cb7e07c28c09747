// The bytes of a ring: a shared file mapping that a process fills and its writer thread empties, laid out so
// that another process can finish the work if this one dies. Private to this version of the agent: a ring
// with another `kRingVersion` is refused, the trace is the lasting format.
//
//   header | commit 0, commit 1 | thread slots | definitions | chunks
//
// Who writes what: a chunk belongs to one host thread while `filling`; `used` is stored with release order
// after the record's words, and that store is the commit. The writer frees chunks once their records are in
// the trace. All else in the header is the writer's, but for the counters of losses.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace loopscope::record {

inline constexpr char kRingMagic[8] = {'L', 'S', 'R', 'I', 'N', 'G', '\r', '\n'};
inline constexpr std::uint32_t kRingVersion = 5;

inline constexpr std::size_t kChunkBytes = 64 * 1024;
inline constexpr std::uint32_t kMaxChunks = 64 * 1024;
inline constexpr std::uint32_t kThreadSlots = 1024;
inline constexpr std::size_t kDefinitionBytes = 1024 * 1024;
// Spans open at once on one thread that keep their place in the trace; deeper ones are counted as lost.
inline constexpr std::uint32_t kMaxOpenSpans = 64;

// Low 4 bits of a record's first word. The upper 60 are the ticks, or for kinds marked * the task (no clock).
enum RecordKind : std::uint64_t {
  kRecordNone = 0,
  kRecordCreated = 1,       // task | parent << 24 | site
  kRecordBegin = 2,         // task
  kRecordBeginChained = 3,  // *
  kRecordEnd = 4,
  kRecordFinished = 5,      // task
  kRecordFinishedWith = 6,  // task | outcome << 32 | error string | error code
  kRecordReady = 7,         // task
  kRecordDue = 8,           // * ns
  kRecordPollBegin = 9,     // loop | timeout asked + 1, 0 for ever
  kRecordPollEnd = 10,      // loop | events << 32
  kRecordEdge = 11,         // EventKind or one of the two below << 32 | site, from, to
  kRecordText = 12,         // * EventKind << 32 | name, key << 32 | value; of TASK_BYTES the bytes
  kRecordNumber = 13,       // EventKind << 32 | id, 8 bytes of number
  kRecordBare = 14,         // EventKind << 32 | id
  kRecordEndFinished = 15,  // task | bytes + 1 << 40 if they are known; two events, or three
};

// In the place of an EventKind: `from` begins or ends a wait and a span at once; two events.
inline constexpr std::uint32_t kEdgeEndsSpan = 256;
inline constexpr std::uint32_t kEdgeBeginsSpan = 257;

inline constexpr unsigned kKindBits = 4;
inline constexpr std::uint64_t kKindMask = (1u << kKindBits) - 1;
inline constexpr unsigned kSiteBits = 24;
inline constexpr std::uint64_t kMaxSite = (1u << kSiteBits) - 1;
inline constexpr unsigned kTaskBits = 40;
inline constexpr std::uint64_t kMaxTask = (std::uint64_t{1} << kTaskBits) - 1;
// More bytes have no room beside their task.
inline constexpr std::uint64_t kMaxBytesBeside = (std::uint64_t{1} << (64 - kTaskBits)) - 2;

// Words of a record of each kind, its first included; 0: no such kind.
inline constexpr std::uint32_t kRecordWords[16] = {0, 3, 2, 1, 1, 2, 4, 2, 2, 3, 2, 4, 3, 3, 2, 2};
inline constexpr std::uint32_t kLongestRecord = 4;

struct OpenSpan {
  std::uint64_t task;
  std::uint64_t begin_ticks;
};

enum ChunkState : std::uint8_t { kChunkFree = 0, kChunkFilling = 1, kChunkFull = 2 };

// What a reader of this chunk alone must know of the thread's past stands in its header.
struct ChunkHeader {
  std::uint32_t slot;
  std::uint32_t thread_id;
  std::uint32_t depth;  // of open_spans
  std::uint32_t unused;
  std::uint64_t start_position;  // words the slot had filled before this chunk
  std::uint64_t base_ticks;      // clock of the record before the first
  std::uint64_t lost_before;     // events the thread could not record just before this chunk
  std::uint64_t lost_from_ticks;
  std::atomic<std::uint32_t> used;       // bytes committed, this header included
  std::atomic<std::uint32_t> next_free;  // index + 1 of the next free chunk; 0: last
  OpenSpan open_spans[kMaxOpenSpans];
};

inline constexpr std::size_t kChunkWords = (kChunkBytes - sizeof(ChunkHeader)) / 8;

struct Chunk : ChunkHeader {
  std::uint64_t words[kChunkWords];
};
static_assert(sizeof(Chunk) == kChunkBytes);

// Words committed in a chunk of which `used` bytes are; more than kChunkWords if that cannot be.
constexpr std::uint32_t words_used(std::uint32_t used) {
  return used < sizeof(ChunkHeader) || used % 8 != 0
             ? UINT32_MAX
             : static_cast<std::uint32_t>((used - sizeof(ChunkHeader)) / 8);
}

enum SlotState : std::uint32_t { kSlotFree = 0, kSlotLive = 1, kSlotExited = 2 };

struct alignas(64) ThreadSlot {
  std::atomic<std::uint32_t> state;  // SlotState
  std::uint32_t thread_id;           // unique in the trace, unlike the slot
  std::uint32_t tid;
  std::atomic<std::uint32_t> announced;  // the writer has put the thread into the trace
  char name[16];
  std::uint64_t position;  // words filled, never reset: a slot's next thread goes on from here
  std::atomic<std::uint64_t> lost_events;
  std::atomic<std::uint64_t> reentered;
};

// State of the trace file after an epoch. There are two, so that switching is one store.
struct Commit {
  std::uint64_t trace_bytes;
  std::uint64_t next_sequence;
  std::uint64_t epoch;
  std::uint64_t definitions_consumed;
  std::uint64_t events;
  // Losses that the trace tells: in all, and by what they were counted with.
  std::uint64_t lost_events, reentered, no_slot_events, definitions_dropped;
  std::uint64_t lost_by_slot[kThreadSlots];
  std::uint64_t positions[kThreadSlots];  // words of each slot that are in the trace
};

struct RingHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t pid;
  std::uint8_t session[16];
  std::uint64_t mapping_bytes;
  std::uint32_t chunk_count;
  std::uint32_t slot_count;
  std::uint64_t clock_is_tsc;

  // Definitions: a byte ring of records {u32 length | committed bit, bytes}; see definitions.h.
  alignas(64) std::atomic<std::uint64_t> definitions_reserved;
  alignas(64) std::atomic<std::uint64_t> definitions_consumed;
  std::atomic<std::uint64_t> definitions_dropped;

  // Which Commit holds is its lowest bit; 0 before the first one.
  alignas(64) std::atomic<std::uint64_t> commit_number;

  // Chunks from 0 to claimed_chunks are in use or soon will be; `ready` has a bit for those with memory
  // behind them. The free ones are a stack: version << 32 | index + 1 of the top, so that a pop cannot
  // mistake a chunk that came back for one that never left.
  alignas(64) std::atomic<std::uint64_t> free_top;
  std::atomic<std::uint32_t> free_chunks;
  std::atomic<std::uint32_t> full_chunks;  // that the writer has not given back
  std::atomic<std::uint32_t> claimed_chunks;
  std::atomic<std::uint32_t> next_thread_id;
  std::atomic<std::uint32_t> no_slot_threads;
  std::atomic<std::uint64_t> no_slot_events;
  std::atomic<std::uint32_t> ran_loop;
  std::atomic<std::uint32_t> writer_sleeps;  // futex: 1 while the writer waits for work

  // For people who watch: as of the last epoch.
  alignas(64) std::atomic<std::uint64_t> live_events;
  std::atomic<std::uint64_t> live_pending;
  std::atomic<std::uint64_t> live_lost;
  std::atomic<std::uint64_t> live_bytes;
  std::atomic<std::uint64_t> live_cpu_ns;
  std::atomic<std::int32_t> write_errno;
  std::atomic<std::uint64_t> write_failed_events;

  alignas(64) std::atomic<std::uint64_t> ready[kMaxChunks / 64];
  // ChunkState by chunk; here and not in the chunks, so that the writer's look at them all disturbs no thread
  // that fills one.
  alignas(64) std::atomic<std::uint8_t> chunk_states[kMaxChunks];
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// Offsets of the parts; all multiples of 4096.
struct RingLayout {
  std::size_t commits, slots, definitions, chunks, bytes;
};

constexpr std::size_t page_round(std::size_t bytes) { return (bytes + 4095) & ~std::size_t{4095}; }

constexpr RingLayout ring_layout(std::uint32_t chunk_count) {
  RingLayout at{};
  at.commits = page_round(sizeof(RingHeader));
  at.slots = at.commits + page_round(2 * sizeof(Commit));
  at.definitions = at.slots + page_round(kThreadSlots * sizeof(ThreadSlot));
  at.chunks = at.definitions + page_round(kDefinitionBytes);
  at.bytes = at.chunks + std::size_t{chunk_count} * kChunkBytes;
  return at;
}

// Threads fill the pool faster than it is emptied, and it cannot grow much more.
inline bool is_half_full(const RingHeader& header) {
  return header.full_chunks.load(std::memory_order_relaxed) * 2 > header.chunk_count;
}

// Free chunks run low and the pool may still grow.
inline bool wants_more_chunks(const RingHeader& header) {
  const std::uint32_t claimed = header.claimed_chunks.load(std::memory_order_relaxed);
  return claimed < header.chunk_count && header.free_chunks.load(std::memory_order_relaxed) * 4 < claimed;
}

// The writer should not wait for the end of the epoch.
inline bool needs_writer(const RingHeader& header) {
  return header.full_chunks.load(std::memory_order_relaxed) * 4 >=
             header.claimed_chunks.load(std::memory_order_relaxed) ||
         wants_more_chunks(header);
}

inline bool is_ready(const RingHeader& header, std::uint32_t chunk) {
  return (header.ready[chunk / 64].load(std::memory_order_acquire) >> chunk % 64 & 1) != 0;
}

// The parts of a mapped ring. Copyable; owns nothing.
struct Ring {
  RingHeader* header = nullptr;
  Commit* commits = nullptr;
  ThreadSlot* slots = nullptr;
  unsigned char* definitions = nullptr;
  Chunk* chunks = nullptr;

  explicit operator bool() const { return header != nullptr; }
  std::atomic<std::uint8_t>& state_of(const Chunk* chunk) const {
    return header->chunk_states[chunk - chunks];
  }
};

inline Ring ring_at(void* base, std::uint32_t chunk_count) {
  auto* bytes = static_cast<unsigned char*>(base);
  const RingLayout at = ring_layout(chunk_count);
  Ring ring;
  ring.header = reinterpret_cast<RingHeader*>(bytes);
  ring.commits = reinterpret_cast<Commit*>(bytes + at.commits);
  ring.slots = reinterpret_cast<ThreadSlot*>(bytes + at.slots);
  ring.definitions = bytes + at.definitions;
  ring.chunks = reinterpret_cast<Chunk*>(bytes + at.chunks);
  return ring;
}

}  // namespace loopscope::record
