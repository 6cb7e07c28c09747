#include "agent/reach/search.h"

#include <loopscope/coroutine/frame_record.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "agent/reach/malloc_blocks.h"
#include "agent/reach/mapped_array.h"
#include "agent/reach/raw_memory.h"

namespace loopscope::reach {
namespace {

using coroutines::FrameMark;
using coroutines::FrameRecord;

// Pointers may carry a tag above the bits of an address.
constexpr std::uint64_t kAddressMask = FrameMark::kMask;
// A promise, and with it the record, begins at most so far behind its frame's beginning.
constexpr std::uint64_t kFarthestRecord = 1u << 20;
constexpr std::size_t kMostFrames = 64u << 20;
// What leaf functions may use below the stack pointer.
constexpr std::uint64_t kRedZone = 128;
// Between two looks at the clock.
constexpr std::uint64_t kBytesALook = 1u << 20;

struct FoundFrame {
  std::uint64_t task;
  std::uint64_t block;  // 0: in no block
  Heap* heap;
};

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

int open_file(const char* path) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
}

class Search {
 public:
  Search(Case& of, const Regions& original) : case_(of), original_(original) {}
  void run();

 private:
  bool prepare();
  bool find_frames();
  bool look_for_frame(std::uint64_t at, Heap* heap, std::uint64_t block);
  bool scan_roots();
  bool scan_region(const Region& region);
  bool scan_less(std::uint64_t begin, std::uint64_t end);
  bool scan_root(std::uint64_t begin, std::uint64_t end);
  bool scan_through_file(std::uint64_t begin, std::uint64_t end);
  std::uint64_t stack_begin(std::size_t region) const;
  template <class Use>
  bool for_each_present(std::uint64_t begin, std::uint64_t end, Use use);
  void refer(std::uint64_t word);
  void scan(std::uint64_t begin, std::uint64_t end);
  bool drain();
  bool in_time(std::uint64_t bytes);
  bool fail(Trouble trouble) {
    case_.trouble = trouble;
    return false;
  }
  void judge();

  Case& case_;
  const Regions& original_;
  Regions regions_;
  MallocBlocks blocks_;
  MappedArray<FoundFrame> frames_;
  MappedArray<std::uint64_t> to_scan_;  // blocks that are reached
  int pages_ = -1, memory_ = -1;
  std::uint64_t since_look_ = 0;
};

bool Search::in_time(std::uint64_t bytes) {
  since_look_ += bytes;
  if (since_look_ < kBytesALook) return true;
  since_look_ = 0;
  return now_ns() < case_.deadline_ns || fail(Trouble::no_time);
}

bool Search::prepare() {
  if (!regions_.read()) return fail(Trouble::no_map);
  // This thread's stack holds what the search itself looks at.
  const auto thread = static_cast<std::uint64_t>(pthread_self());
  if (const Region* stack = regions_.find(thread)) case_.add_own({stack->begin, thread});
  case_.add_own(regions_.own_text());
  case_.add_own(regions_.own_list());
  if (lacks_any(regions_, original_, case_)) return fail(Trouble::not_inherited);
  for (const Region& region : regions_.all()) {
    if (region.backing == Backing::kernel_queue) return fail(Trouble::kernel_queue);
  }
  pages_ = open_file("/proc/self/pagemap");
  memory_ = open_file("/proc/self/mem");
  if (memory_ < 0) return fail(Trouble::no_map);
  if (!blocks_.find(regions_)) return fail(Trouble::no_memory);
  for (const Region& region : regions_.all()) {
    if (region.backing != Backing::file || !region.readable || !region.writable) continue;
    const bool goes_on = for_each_present(
        region.begin, region.end,
        [&](std::uint64_t from, std::uint64_t to) { return !blocks_.find_main_record(from, to); });
    if (case_.trouble != Trouble::none) return false;
    if (!goes_on) break;
  }
  if (!frames_.reserve(kMostFrames) || !to_scan_.reserve(blocks_.blocks() + 1)) {
    return fail(Trouble::no_memory);
  }
  return true;
}

// Whether a word says that a frame begins shortly before itself: next to none does that is no mark.
bool may_be_mark(std::uint64_t at) {
  return at - FrameMark::frame(word_at(at) & kAddressMask) < kFarthestRecord;
}

// The mark of a frame of this recording, if all that belongs to one stands around it.
bool Search::look_for_frame(std::uint64_t at, Heap* heap, std::uint64_t block) {
  const std::uint64_t word = word_at(at);
  const std::uint64_t frame = FrameMark::frame(word & kAddressMask);
  if (word >> 48 != (case_.recording & 0xffff) || frame % 8 != 0) return true;
  const std::uint64_t words[3] = {word_at(at - 8), word, word_at(at + 8)};
  FrameRecord record;
  static_assert(sizeof words == sizeof record);
  std::memcpy(static_cast<void*>(&record), words, sizeof record);
  if (record.task == 0 || record.is_finished != 0) return true;
  if (heap != nullptr && frame < block + 16) return true;
  if (record.is_running != 0) {
    refer(frame);
    return true;
  }
  // The library's own: no task of the program's.
  if (record.is_internal != 0) return true;
  return frames_.push({record.task, block, heap}) || fail(Trouble::no_memory);
}

bool Search::find_frames() {
  for (Heap& heap : blocks_.heaps()) {
    for (std::uint64_t block = heap.begin; block + 16 <= heap.end;) {
      const std::uint64_t end = MallocBlocks::end_of(block);
      if (end <= block) break;
      if (!MallocBlocks::is_marked(heap, block) && blocks_.is_cached(block)) MallocBlocks::mark(heap, block);
      if (!MallocBlocks::is_marked(heap, block)) {
        for (std::uint64_t at = block + 24; at + 8 <= end; at += 8) {
          if (may_be_mark(at) && !look_for_frame(at, &heap, block)) return false;
        }
      }
      if (!in_time(end - block)) return false;
      block = end;
    }
  }
  return true;
}

void Search::refer(std::uint64_t word) {
  const std::uint64_t address = word & kAddressMask;
  Heap* const heap = blocks_.heap_of(address);
  if (heap == nullptr) return;
  const std::uint64_t block = MallocBlocks::block_of(*heap, address);
  // There is room for every block once.
  if (block != 0 && MallocBlocks::mark(*heap, block)) to_scan_.push(block);
}

// Packed structures (epoll_event) have pointers at every fourth byte.
void Search::scan(std::uint64_t begin, std::uint64_t end) {
  const auto look = [this](std::uint64_t word) {
    if (blocks_.may_be_in_heap(word & kAddressMask)) refer(word);
  };
  std::uint64_t at = (begin + 3) / 4 * 4;
  if (at + 8 > end) return;
  std::uint64_t word = word_at(at);
  for (; at + 16 <= end; at += 8) {
    const std::uint64_t next = word_at(at + 8);
    look(word);
    look(word >> 32 | next << 32);
    word = next;
  }
  look(word);
  if (at + 12 <= end) look(word_at(at + 4));
}

bool Search::drain() {
  while (!to_scan_.empty()) {
    const std::uint64_t block = to_scan_.pop();
    const std::uint64_t end = MallocBlocks::end_of(block);
    // Large ones in pieces: none may outlast the time.
    for (std::uint64_t at = block + 16; at < end + 8; at += kBytesALook) {
      scan(at, std::min(end + 8, at + kBytesALook + 4));
      if (!in_time(std::min<std::uint64_t>(end + 8 - at, kBytesALook))) return false;
    }
  }
  return true;
}

// Pages that hold something of the process's own; all of them where the kernel does not say.
template <class Use>
bool Search::for_each_present(std::uint64_t begin, std::uint64_t end, Use use) {
  constexpr std::uint64_t kPage = 4096;
  constexpr std::uint64_t kPresent = std::uint64_t{1} << 63, kSwapped = std::uint64_t{1} << 62,
                          kOfFile = std::uint64_t{1} << 61;
  std::uint64_t entries[512];
  std::uint64_t run = 0;  // where it begins
  bool known = pages_ >= 0;
  const std::uint64_t first = begin / kPage * kPage;
  for (std::uint64_t at = first; at < end;) {
    const std::uint64_t left = (end - at + kPage - 1) / kPage;
    const std::size_t count = std::min<std::uint64_t>(left, 512);
    long got = -1;
    if (known) got = syscall(SYS_pread64, pages_, entries, count * 8, at / kPage * 8);
    if (got != static_cast<long>(count * 8)) {
      known = false;
      for (std::size_t i = 0; i < count; ++i) entries[i] = kPresent;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t page = at + i * kPage;
      const bool there = (entries[i] & (kPresent | kSwapped)) != 0 && (entries[i] & kOfFile) == 0;
      if (there && run == 0) run = page;
      if (!there && run != 0) {
        if (!use(std::max(run, begin), page)) return false;
        run = 0;
      }
    }
    at += count * kPage;
    if (!in_time(count * 8)) return false;
  }
  return run == 0 || use(std::max(run, begin), end);
}

bool Search::scan_root(std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t at = begin; at < end; at += kBytesALook) {
    const std::uint64_t until = std::min(end, at + kBytesALook);
    for (std::uint64_t mark = (at + 7) / 8 * 8; mark < until && mark + 16 <= end; mark += 8) {
      if (mark >= begin + 8 && may_be_mark(mark) && !look_for_frame(mark, nullptr, 0)) return false;
    }
    scan(at, std::min(end, until + 4));
    case_.root_bytes += until - at;
    if (!in_time(until - at) || !drain()) return false;
  }
  return true;
}

// What cannot be read as it is, or not without the risk of a signal.
bool Search::scan_through_file(std::uint64_t begin, std::uint64_t end) {
  static char buffer[64 * 1024];
  const auto address = reinterpret_cast<std::uint64_t>(buffer);
  for (std::uint64_t at = begin; at < end; at += sizeof buffer - 8) {
    const std::size_t bytes = std::min<std::uint64_t>(end - at, sizeof buffer);
    const long got = syscall(SYS_pread64, memory_, buffer, bytes, at);
    if (got >= 8) scan(address, address + static_cast<std::uint64_t>(got));
    case_.root_bytes += bytes;
    if (!in_time(bytes) || !drain()) return false;
  }
  return true;
}

// Without what is the agent's or malloc's own.
bool Search::scan_less(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return true;
  const auto leave_out = [&](Range range) {
    return scan_less(begin, std::min(end, range.begin)) && scan_less(std::max(begin, range.end), end);
  };
  const auto overlaps = [&](Range range) { return range.begin < end && range.end > begin; };
  for (std::uint32_t i = 0; i < case_.own_count; ++i) {
    if (overlaps(case_.own[i])) return leave_out(case_.own[i]);
  }
  for (const Range& range : blocks_.bookkeeping()) {
    if (overlaps(range)) return leave_out(range);
  }
  for (const Heap& heap : blocks_.heaps()) {
    if (overlaps(heap)) return leave_out(heap);
  }
  return for_each_present(begin, end,
                          [&](std::uint64_t from, std::uint64_t to) { return scan_root(from, to); });
}

// Where a thread's stack in use begins, if the region is that thread's stack and nothing else; else the whole region.
std::uint64_t Search::stack_begin(std::size_t index) const {
  const Region& region = regions_.all()[index];
  const StackInUse* only = nullptr;
  for (std::uint32_t i = 0; i < case_.stack_count; ++i) {
    const StackInUse& stack = case_.stacks[i];
    if (!region.holds(stack.stack)) continue;
    if (only != nullptr) return region.begin;
    only = &stack;
  }
  if (only == nullptr) return region.begin;
  // Memory that was mapped beside a stack may be one region with it, but nothing below its guard is.
  const bool is_guarded = index > 0 && regions_.all()[index - 1].end == region.begin &&
                          !regions_.all()[index - 1].readable && !regions_.all()[index - 1].writable;
  const bool holds_record = region.holds(only->thread) && only->stack < only->thread;
  if (region.backing != Backing::stack && !(is_guarded && holds_record)) return region.begin;
  return std::max(region.begin, only->stack - std::min(only->stack, kRedZone));
}

bool Search::scan_region(const Region& region) {
  switch (region.backing) {
    case Backing::other:
    case Backing::kernel_queue: return true;
    case Backing::shared:
      for (std::uint32_t i = 0; i < case_.own_count; ++i) {
        if (case_.own[i].holds(region.begin)) return true;
      }
      return !region.writable || scan_through_file(region.begin, region.end);
    case Backing::file:
    case Backing::anonymous:
    case Backing::heap:
    case Backing::stack: break;
  }
  if (!region.readable) {
    return for_each_present(region.begin, region.end, [&](std::uint64_t from, std::uint64_t to) {
      return scan_through_file(from, to);
    });
  }
  const auto index = static_cast<std::size_t>(&region - regions_.all().begin());
  return scan_less(stack_begin(index), region.end);
}

bool Search::scan_roots() {
  for (std::uint32_t i = 0; i < case_.word_count; ++i) {
    if (blocks_.may_be_in_heap(case_.words[i] & kAddressMask)) refer(case_.words[i]);
  }
  // A stack may be a block.
  for (std::uint32_t i = 0; i < case_.stack_count; ++i) refer(case_.stacks[i].stack);
  for (const Region& region : regions_.all()) {
    if (!scan_region(region)) return false;
  }
  return drain();
}

void Search::judge() {
  for (const FoundFrame& frame : frames_) {
    ++case_.suspended;
    if (frame.heap != nullptr && !MallocBlocks::is_marked(*frame.heap, frame.block)) {
      ++case_.unreachable;
      if (case_.task_count < Case::kMostTasks) case_.tasks[case_.task_count++] = frame.task;
    } else {
      ++case_.reached;
      case_.elsewhere += frame.heap == nullptr;
    }
  }
}

void Search::run() {
  if (!prepare() || !find_frames() || !scan_roots()) return;
  case_.heap_bytes = blocks_.bytes();
  judge();
}

}  // namespace

void search(Case& of, const Regions& original) { Search(of, original).run(); }

}  // namespace loopscope::reach
