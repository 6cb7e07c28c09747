// A ring in this process: created and mapped at start, kept mapped for ever (a host thread may be in the
// middle of a record when recording stops). Called by session and writer; the pool functions also by host
// threads, where they are lock-free.
#pragma once

#include <cstdint>

#include "agent/record/ring_layout.h"

namespace loopscope::record {

// Maps `fd` (empty, opened for writing) as a new ring of at most `ring_bytes` of chunks, with memory behind
// the fixed parts and the first chunks. Returns an empty Ring and sets errno if that cannot be had.
Ring create_ring(int fd, std::uint64_t ring_bytes);

// Gives the memory of events and names back while the mapping stays usable: late stores meet fresh pages.
void release_ring_memory(const Ring& ring, int fd);

// Undoes the mapping. Only where no other thread can hold a pointer into it: in a forked child.
void unmap_ring(const Ring& ring);

// A free chunk. Where there is none the pool grows by one, up to its limit: about 10 us for memory, a few
// hundred times in a process's life at the most, since the writer may be waiting for a processor while its
// priority is low. nullptr at the limit, or where there is no memory. Any thread; lock-free.
Chunk* take_chunk(const Ring& ring);
void free_chunk(const Ring& ring, Chunk* chunk);

}  // namespace loopscope::record
