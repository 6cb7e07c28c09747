// Intervals in the order of time that do not overlap: the spans of one depth of a thread, a loop's busy ticks, its
// polls. Tens of millions of them, asked "what is between these two instants" a thousand times a picture: sums and
// extremes of 64, 1024, 16384 ... neighbours are kept beside them, so that an answer costs the logarithm of their
// number. Filled by viewer/trace while replaying, then immutable; read by views on any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/model/task_table.h"
#include "viewer/model/wide_numbers.h"

namespace loopscope::model {

// What a stretch of time holds, for as much of each interval as lies within it.
struct IntervalSum {
  std::uint64_t count = 0;     // intervals that touch it
  Nanos covered = 0;           // of the stretch
  Nanos longest = 0;           // whole duration of the longest one that touches it; 0 if there is none
  std::size_t longest_at = 0;  // which one that is, of equals one of them; undefined if count is 0
  Nanos worst_lag = 0;         // of those that begin within it, as lag() tells it; 0 if none is known
};

class IntervalRow {
 public:
  static constexpr Nanos kNoLag = -1;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Precondition of these: at < size().
  Time begin(std::size_t at) const {
    const std::uint32_t since = chunk_of(at).begin[at % kChunk];
    return since != kWide ? bases_[at / kBlock] + since : begins_[static_cast<std::uint32_t>(at)];
  }
  Nanos duration(std::size_t at) const {
    const std::uint32_t duration = chunk_of(at).duration[at % kChunk];
    return duration != kWide ? duration : durations_[static_cast<std::uint32_t>(at)];
  }
  Time end(std::size_t at) const { return begin(at) + duration(at); }
  TaskIndex task(std::size_t at) const {  // kNoTask for ticks and polls
    const std::vector<TaskIndex>& tasks = chunk_of(at).task;
    return tasks.empty() ? kNoTask : tasks[at % kChunk];
  }
  // How late it began, within 0.2 %; kNoLag if that is not known.
  Nanos lag(std::size_t at) const;

  // The first one that ends after `at`, or begins at or after it; size() if there is none. O(log n).
  std::size_t first_ending_after(Time at) const;
  std::size_t first_beginning_from(Time at) const;

  // Of [from, to). O(log n), whatever is between. One without duration touches the instant of its beginning.
  IntervalSum sum(Time from, Time to) const;

  // Filling, by the reader and the test builder only. One that begins before the end of the last (damaged traces) is
  // shortened to what is behind it. Instants are kept within 73 years of
  // the trace's first clock anchor.
  void add(Time begin, Nanos duration, TaskIndex task = kNoTask, Nanos lag = kNoLag);
  // After the last one, before any question.
  void finish();

  // The memory that the next adds will fill, for a caller who makes it present ahead of use: that of a whole step at its
  // beginning, else empty.
  std::array<std::span<const std::byte>, 4> coming() const;
  bool at_border() const { return size_ % kStep == 1 && size_ > kFew; }

 private:
  // The value is in the WideNumbers of that name: it does not fit.
  static constexpr std::uint32_t kWide = std::numeric_limits<std::uint32_t>::max();
  static constexpr Time kFar = Time{1} << 61;
  static constexpr std::size_t kBlock = 64;
  static constexpr std::size_t kFanOut = 16;  // of peaks above those of blocks
  static constexpr std::size_t kBlocksOfGuide = 256;
  // Memory is asked for by so many intervals, and touched as they come. A row that has no more than a few takes just that.
  static constexpr std::size_t kChunk = std::size_t{1} << 22;
  static constexpr std::size_t kFew = 64 * 1024;
  static constexpr std::size_t kStep = kFew;

  struct Chunk {
    std::vector<std::uint32_t> begin;  // since the first of the block
    std::vector<std::uint32_t> duration;
    std::vector<TaskIndex> task;     // empty if none has one
    std::vector<std::uint16_t> lag;  // coded; empty if none is known
  };
  // The extremes of neighbours, and which of them is the longest.
  struct Peak {
    std::uint32_t longest = 0;
    std::uint16_t worst_lag = 0;  // coded
    std::uint8_t child = 0;
  };
  // An interval (level 0), a block (1), or so many blocks.
  struct Node {
    std::size_t level = 0;
    std::size_t at = 0;
  };

  const Chunk& chunk_of(std::size_t at) const { return chunks_[at / kChunk]; }
  std::size_t begin_block(Time begin);
  std::uint16_t coded_lag(std::size_t at) const {
    const std::vector<std::uint16_t>& lags = chunk_of(at).lag;
    return lags.empty() ? 0 : lags[at % kChunk];
  }
  Nanos covered_before(std::size_t at) const;
  std::size_t longest_of(Node node) const;
  Nanos duration_of(Node node) const;
  template <class Visit>
  void for_each_node(std::size_t first, std::size_t last, Visit visit) const;

  std::size_t size_ = 0;
  Time last_end_ = -kFar;
  Nanos covered_ = 0;
  std::vector<Chunk> chunks_;
  std::vector<Time> bases_;               // by block: the begin of its first
  std::vector<Time> guide_;               // of the bases, every 256th
  std::vector<Nanos> covered_before_;     // by block: by all before it
  std::vector<std::vector<Peak>> peaks_;  // by level, the blocks' first
  WideNumbers begins_;
  WideNumbers durations_;
};

}  // namespace loopscope::model
