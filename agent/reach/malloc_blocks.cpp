#include "agent/reach/malloc_blocks.h"

#include "agent/reach/raw_memory.h"

namespace loopscope::reach {
namespace {

constexpr std::uint64_t kPreviousInUse = 1, kIsMapped = 2, kFlags = 7;
constexpr std::uint64_t kSmallest = 32;

constexpr std::uint64_t kThreadHeapBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kStateBytes = 0x898;  // malloc_state
constexpr std::uint64_t kStateLists = 0x10, kLists = 10, kStateTop = 0x60, kStateBins = 0x70, kBins = 127;

constexpr std::uint64_t kCacheBlock = 0x290;  // tcache_perthread_struct
constexpr unsigned kCacheBins = 64;

constexpr std::size_t kMostHeaps = 64 * 1024;

std::uint64_t size_word(std::uint64_t block) { return word_at(block + 8); }

}  // namespace

std::uint64_t MallocBlocks::end_of(std::uint64_t block) { return block + (size_word(block) & ~kFlags); }

std::uint64_t MallocBlocks::block_of(const Heap& heap, std::uint64_t address) {
  // A block's first 16 bytes are the last 8 of the one before, and its size: what points there means that one.
  if (address < heap.begin + 16 || address >= heap.end) return 0;
  std::uint64_t at = (address - 16 - heap.begin) >> 4;
  std::uint64_t bits = heap.starts[at >> 6] << (63 - (at & 63));
  if (bits != 0) return heap.begin + ((at - static_cast<unsigned>(__builtin_clzll(bits))) << 4);
  for (at >>= 6; at > 0;) {
    bits = heap.starts[--at];
    if (bits != 0) return heap.begin + (((at << 6) + 63 - static_cast<unsigned>(__builtin_clzll(bits))) << 4);
  }
  return 0;
}

bool MallocBlocks::walk(Heap& heap) {
  std::size_t blocks = 0;
  const auto set_start = [&](std::uint64_t block) {
    const std::uint64_t at = (block - heap.begin) >> 4;
    heap.starts[at >> 6] |= std::uint64_t{1} << (at & 63);
  };
  if ((size_word(heap.begin) & kPreviousInUse) == 0) return false;
  const std::size_t caches_before = caches_.size();
  std::uint64_t at = heap.begin;
  while (true) {
    if (heap.end - at < 16) break;
    const std::uint64_t word = size_word(at), bytes = word & ~kFlags;
    set_start(at);
    // Fence posts where a heap was given up for another one.
    if (bytes == 16 || (bytes == 0 && heap.end - at <= kSmallest)) {
      mark(heap, at);
      if (bytes == 0) return true;
      at += 16;
      if (at == heap.end) return true;
      continue;
    }
    if (bytes < kSmallest || bytes % 16 != 0 || (word & kIsMapped) != 0 || bytes > heap.end - at) break;
    const std::uint64_t next = at + bytes;
    if (next == heap.end) {  // the rest, not yet handed out
      mark(heap, at);
      if (heap.begin == heaps_[0].begin && main_top_ == UINT64_MAX) main_top_ = at;
      blocks_ += blocks;
      return true;
    }
    if (heap.end - next < 16) break;
    if ((size_word(next) & kPreviousInUse) == 0) {
      if (word_at(next) != bytes) break;
      mark(heap, at);
    } else if (bytes == kCacheBlock && !caches_.push(at)) {
      break;
    }
    ++blocks;
    at = next;
  }
  caches_.set_size(caches_before);
  return false;
}

// False if there is no memory; whether it is a heap is another matter.
bool MallocBlocks::add(std::uint64_t begin, std::uint64_t end, bool& is_heap) {
  is_heap = false;
  const std::size_t words = ((end - begin) >> 10) + 1;
  MappedArray<std::uint64_t> bits;
  if (!bits.reserve(2 * words)) return false;
  Heap heap{{begin, end}, bits.begin(), bits.begin() + words};
  if (!heaps_.push(heap)) return false;
  is_heap = walk(heap);
  if (!is_heap) {
    heaps_.set_size(heaps_.size() - 1);
    bits.give_back();
    return true;
  }
  bytes_ += end - begin;
  return true;
}

// heap_info: whose arena, the heap before, bytes in use, bytes readable. The arena's record stands in its first heap.
bool MallocBlocks::add_thread_heap(const Region& region) {
  if (region.end - region.begin < 4096) return true;
  const std::uint64_t arena = word_at(region.begin), before = word_at(region.begin + 8),
                      bytes = word_at(region.begin + 16), readable = word_at(region.begin + 24);
  const std::uint64_t info = arena % kThreadHeapBytes;
  if ((info != 0x20 && info != 0x30) || before % kThreadHeapBytes != 0 || bytes % 4096 != 0 || bytes == 0 ||
      bytes > readable || readable > kThreadHeapBytes || bytes > region.end - region.begin) {
    return true;
  }
  const std::uint64_t end = region.begin + bytes;
  std::uint64_t first = region.begin + info;
  if (arena == first) first = (first + kStateBytes + 16 + 15) / 16 * 16 - 16;
  bool is_heap = false;
  if (!add(first, end, is_heap)) return false;
  return !is_heap || bookkeeping_.push({region.begin, first});
}

bool MallocBlocks::find(const Regions& regions) {
  if (!heaps_.reserve(kMostHeaps) || !bookkeeping_.reserve(kMostHeaps) || !caches_.reserve(1u << 20)) {
    return false;
  }
  for (const Region& region : regions.all()) {
    if (region.backing != Backing::heap) continue;
    std::uint64_t end = region.end;
    while (const Region* more = regions.find(end)) {
      if (more->backing != Backing::heap) break;
      end = more->end;
    }
    main_top_ = UINT64_MAX;
    bool is_heap = false;
    if (!add(region.begin, end, is_heap)) return false;
    if (!is_heap || main_top_ == UINT64_MAX) main_top_ = 0;
    break;
  }
  for (const Region& region : regions.all()) {
    if (region.backing != Backing::anonymous || !region.is_private || !region.readable || !region.writable ||
        region.begin % kThreadHeapBytes != 0) {
      continue;
    }
    if (!add_thread_heap(region)) return false;
  }
  if (!index_granules()) return false;
  // What is in the caches of threads is free, but looks as if it were in use: only the caches know it.
  for (const std::uint64_t block : caches_) {
    const std::uint64_t key = key_of_cache(block);
    if (key == 0) continue;
    mark(*heap_of(block), block);
    bool is_known = false;
    for (unsigned i = 0; i < key_count_; ++i) is_known |= keys_[i] == key;
    if (!is_known && key_count_ < kMostKeys) keys_[key_count_++] = key;
  }
  for (const Range& range : bookkeeping_) {
    const std::uint64_t state = word_at(range.begin);
    if (range.holds(state)) leave_out_lists(state);
  }
  return true;
}

bool MallocBlocks::index_granules() {
  std::size_t granules = 0;
  for (const Heap& heap : heaps_) granules += (heap.end >> kGranuleBits) - (heap.begin >> kGranuleBits) + 1;
  std::size_t slots = 64;
  while (slots < 4 * granules) slots *= 2;
  if (!granules_.reserve(slots)) return false;
  granule_mask_ = slots - 1;
  for (Heap& heap : heaps_) {
    for (std::uint64_t granule = heap.begin >> kGranuleBits; granule <= (heap.end - 1) >> kGranuleBits;
         ++granule) {
      std::size_t at = granule * kSpread >> 32;
      while (granules_[at & granule_mask_].heap != nullptr) ++at;
      granules_[at & granule_mask_] = {granule, &heap};
      const std::uint64_t near = (granule ^ granule >> 11) & 2047;
      near_[near >> 6] |= std::uint64_t{1} << (near & 63);
    }
  }
  return true;
}

// Counts and heads of lists by size; each head is a block of that size, with the same key behind its link, which is the
// answer. 0 if it is none, or empty.
std::uint64_t MallocBlocks::key_of_cache(std::uint64_t block) const {
  std::uint64_t key = 0;
  for (unsigned bin = 0; bin < kCacheBins; ++bin) {
    const std::uint64_t count = word_at(block + 16 + 2 * bin) & 0xffff;
    const std::uint64_t head = word_at(block + 16 + 2 * kCacheBins + 8 * bin);
    if ((count == 0) != (head == 0)) return 0;
    if (head == 0) continue;
    const Heap* const heap = heap_of(head);
    if (heap == nullptr || !is_start(*heap, head - 16)) return 0;
    if (end_of(head - 16) - (head - 16) != kSmallest + 16 * bin) return 0;
    const std::uint64_t its_key = word_at(head + 8);
    if (its_key == 0 || (key != 0 && its_key != key)) return 0;
    key = its_key;
  }
  return key;
}

// Of small blocks that were freed and are kept as they are. Links are disguised by their own place, before 2.32 they are not.
void MallocBlocks::leave_out_lists(std::uint64_t state) {
  for (std::uint64_t list = 0; list < kLists; ++list) {
    std::uint64_t block = word_at(state + kStateLists + 8 * list);
    for (std::size_t i = 0; block != 0 && i < blocks_; ++i) {
      Heap* const heap = heap_of(block);
      if (heap == nullptr || !is_start(*heap, block) || !mark(*heap, block)) break;
      const std::uint64_t plain = word_at(block + 16), next = plain ^ (block + 16) >> 12;
      const Heap* const to = heap_of(next);
      block = next == 0 || (to != nullptr && is_start(*to, next)) ? next : plain;
    }
  }
}

// The record says where the first heap's rest begins; lists of free blocks follow, each its own neighbour when empty.
bool MallocBlocks::find_main_record(std::uint64_t begin, std::uint64_t end) {
  if (main_top_ == 0) return false;
  for (std::uint64_t at = (begin + 7) / 8 * 8; at + 8 <= end; at += 8) {
    if (word_at(at) != main_top_) continue;
    const std::uint64_t state = at - kStateTop;
    if (state < begin || state + kStateBytes > end) continue;
    unsigned empty = 0;
    bool good = true;
    for (std::uint64_t bin = 0; bin < kBins && good; ++bin) {
      const std::uint64_t pair = state + kStateBins + 16 * bin;
      const std::uint64_t first = word_at(pair), last = word_at(pair + 8);
      const bool is_empty = first == pair - 16 && last == first;
      empty += is_empty;
      good = is_empty || (heap_of(first) != nullptr && heap_of(last) != nullptr);
    }
    if (!good || empty < kBins / 4) continue;
    leave_out_lists(state);
    return bookkeeping_.push({state, state + kStateBytes});
  }
  return false;
}

}  // namespace loopscope::reach
