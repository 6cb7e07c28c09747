// The blocks of libc's malloc in the memory of a copied process, found by going from block to block as their sizes say.
// Memory where that does not lead exactly to the end is none of it. In the child of a check only.
//
// The layout is glibc's (malloc/malloc.c: malloc_chunk, heap_info, malloc_state, tcache_perthread_struct), 64 bits,
// as it has been since 2.27.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/reach/case.h"
#include "agent/reach/mapped_array.h"
#include "agent/reach/raw_memory.h"
#include "agent/reach/regions.h"

namespace loopscope::reach {

// A stretch of blocks, one behind the other, with two bits for every 16 bytes.
struct Heap : Range {
  std::uint64_t* starts = nullptr;  // a block begins here
  std::uint64_t* marks = nullptr;   // it needs no look any more: it is reached, or free
};

class MallocBlocks {
 public:
  // False if there is no memory for it. What is no heap is left out.
  bool find(const Regions& regions);

  const MappedArray<Heap>& heaps() const { return heaps_; }
  MappedArray<Heap>& heaps() { return heaps_; }
  std::size_t blocks() const { return blocks_; }
  std::uint64_t bytes() const { return bytes_; }
  // Around heaps: what malloc keeps there for itself. Holds no reference of the program's.
  const MappedArray<Range>& bookkeeping() const { return bookkeeping_; }
  // Looks for malloc's record of its first heap in the memory of some file, and leaves out what it says is free. True if
  // [begin, end) holds it: then it is among the bookkeeping.
  bool find_main_record(std::uint64_t begin, std::uint64_t end);
  // Free, in some thread's cache: it looks as if it were in use.
  bool is_cached(std::uint64_t block) const {
    if (key_count_ == 0 || end_of(block) - block > kMostCached) return false;
    const std::uint64_t key = word_at(block + 24);
    for (unsigned i = 0; i < key_count_; ++i) {
      if (keys_[i] == key) return true;
    }
    return false;
  }

  // The heap that an address is in; nullptr if none.
  Heap* heap_of(std::uint64_t address) const {
    const std::uint64_t granule = address >> kGranuleBits;
    for (std::size_t at = granule * kSpread >> 32;; ++at) {
      const Granule& found = granules_[at & granule_mask_];
      if (found.heap == nullptr) return nullptr;
      if (found.number == granule && found.heap->holds(address)) return found.heap;
    }
  }

  // False for most addresses that are in none: cheap, to be asked of every word.
  bool may_be_in_heap(std::uint64_t address) const {
    const std::uint64_t granule = address >> kGranuleBits;
    const std::uint64_t at = (granule ^ granule >> 11) & 2047;
    return (near_[at >> 6] >> (at & 63) & 1) != 0;
  }

  // The block that an address points into; 0 if it points into none. The address behind a block's end counts as into it.
  static std::uint64_t block_of(const Heap& heap, std::uint64_t address);
  static std::uint64_t end_of(std::uint64_t block);
  static bool is_marked(const Heap& heap, std::uint64_t block) {
    const std::uint64_t at = (block - heap.begin) >> 4;
    return (heap.marks[at >> 6] >> (at & 63) & 1) != 0;
  }
  // True if it was not marked before.
  static bool mark(Heap& heap, std::uint64_t block) {
    const std::uint64_t at = (block - heap.begin) >> 4, bit = std::uint64_t{1} << (at & 63);
    if ((heap.marks[at >> 6] & bit) != 0) return false;
    heap.marks[at >> 6] |= bit;
    return true;
  }

 private:
  static constexpr unsigned kGranuleBits = 26;  // 64 MiB: what a thread's heap is aligned to
  static constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15u;
  struct Granule {
    std::uint64_t number = 0;
    Heap* heap = nullptr;
  };

  bool add(std::uint64_t begin, std::uint64_t end, bool& is_heap);
  bool walk(Heap& heap);
  bool add_thread_heap(const Region& region);
  std::uint64_t key_of_cache(std::uint64_t block) const;
  void leave_out_lists(std::uint64_t state);
  bool is_start(const Heap& heap, std::uint64_t block) const {
    return block % 16 == 0 && heap.holds(block) && block_of(heap, block + 16) == block;
  }
  bool index_granules();

  MappedArray<Heap> heaps_;
  MappedArray<Range> bookkeeping_;
  MappedArray<std::uint64_t> caches_;  // blocks that may be a thread's cache of free ones
  MappedArray<Granule> granules_;
  std::uint64_t granule_mask_ = 0;
  std::uint64_t near_[2048 / 64] = {};  // granules with heaps, by a hash
  std::uint64_t main_top_ = 0;
  // What stands in each free block of a cache: one number for all threads, or with older versions one for each.
  static constexpr unsigned kMostKeys = 64;
  static constexpr std::uint64_t kMostCached = 0x410;
  std::uint64_t keys_[kMostKeys] = {};
  unsigned key_count_ = 0;
  std::size_t blocks_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace loopscope::reach
