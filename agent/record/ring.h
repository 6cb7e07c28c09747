// A ring in this process: created and mapped at start, kept mapped for ever (a host thread may be in the
// middle of a record when recording stops). Called by session and writer; the pool functions also by host
// threads, where they are lock-free.
#pragma once

#include <cstdint>

#include "agent/record/ring_layout.h"

namespace loopscope::record {

// Maps `fd` (empty, opened for writing) as a new ring of at most `ring_bytes` of chunks, and at most half of what is
// free on its file system, with memory behind the fixed parts and the first chunks. Returns an empty Ring and sets
// errno if that cannot be had.
Ring create_ring(int fd, std::uint64_t ring_bytes);

// Gives the memory of events and names back while the mapping stays usable: late stores meet fresh pages.
void release_ring_memory(const Ring& ring, int fd);

// Undoes the mapping. Only where no other thread can hold a pointer into it: in a forked child.
void unmap_ring(const Ring& ring);

// A free chunk. Where there is none the pool grows by one on this thread: the writer, who has it grow in time,
// may be waiting for a processor. nullptr at the pool's limit, or where there is no memory. Any thread; lock-free.
Chunk* take_chunk(const Ring& ring);
void free_chunk(const Ring& ring, Chunk* chunk);

// A chunk that was never used, with memory behind it: some 10 to 40 us. nullptr as above. Any thread.
Chunk* grow(const Ring& ring);

}  // namespace loopscope::record
