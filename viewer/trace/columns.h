// One batch: its header, and its events unpacked and checked as a whole, so that replaying them needs no check
// an event. Used by the reader's threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "viewer/base/units.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {

// loopscope.EventKind. tests/proto holds it against the schema.
enum EventKind : std::uint8_t {
  kTaskCreated = 1,
  kSpanBegin = 2,
  kSpanBeginChained = 3,
  kSpanEnd = 4,
  kTaskFinished = 5,
  kTaskFinishedWith = 6,
  kTaskReady = 7,
  kTaskDue = 8,
  kPollBegin = 9,
  kPollEnd = 10,
  kAwaitBegin = 11,
  kAwaitEnd = 12,
  kCancelRequested = 13,
  kContextSet = 14,
  kGaugeSet = 15,
  kLagSample = 16,
  kPauseBegin = 17,
  kPauseEnd = 18,
  kLoopClosed = 19,
  kTaskRenamed = 20,
  kSpanBeginLost = 21,
  kLoopEntered = 22,
  kLoopLeft = 23,
  kTaskBytes = 24,
};
inline constexpr std::size_t kEventKinds = 25;

// How many fields a kind takes from each column.
struct ColumnUse {
  std::uint8_t time = 0;
  std::uint8_t created = 0;
  std::uint8_t task = 0;
  std::uint8_t parent = 0;
  std::uint8_t site = 0;
  std::uint8_t values = 0;
  std::uint8_t numbers = 0;
  std::uint8_t bytes = 0;  // of each of the two columns
};
// Indexed by EventKind.
extern const std::array<ColumnUse, kEventKinds> kColumnUse;

struct BatchHeader {
  std::uint64_t thread = 0;
  std::uint64_t epoch = 0;
  std::uint64_t events = 0;
  std::uint64_t base_ticks = 0;
  std::uint64_t last_ticks = 0;
  std::uint64_t min_task = 0;
  std::uint64_t created = 0;  // what count_by_kind promises, at most `events`
  std::uint32_t codec = 0;
  std::uint64_t raw_size = 0;
  std::string_view packed;   // the columns, compressed
  std::string_view message;  // the whole Batch, for its open spans
};

struct BatchOpenSpan {
  std::uint64_t task = 0;
  std::uint64_t begin_ticks = 0;  // 0: not known
};

// Throws protozero::exception on a damaged message.
BatchHeader read_batch_header(std::string_view batch);
std::vector<BatchOpenSpan> read_open_spans(std::string_view batch);

inline std::int64_t from_zigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
}

// A column of varints. Reading is not checked: open_batch() made sure that the fields are there.
class VarintColumn {
 public:
  VarintColumn() = default;
  explicit VarintColumn(std::string_view bytes) : at_(reinterpret_cast<const std::uint8_t*>(bytes.data())) {}

  std::uint64_t next() {
    const std::uint64_t first = *at_++;
    if (first < 0x80) [[likely]]
      return first;
    return next_long(first & 0x7f);
  }
  std::int64_t next_zigzag() { return from_zigzag(next()); }

 private:
  std::uint64_t next_long(std::uint64_t value) {
    for (unsigned shift = 7; shift < 64; shift += 7) {
      const std::uint64_t byte = *at_++;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }

  const std::uint8_t* at_ = nullptr;
};

// The events of one batch.
struct Columns {
  std::size_t events = 0;
  std::array<std::uint64_t, kEventKinds> count{};  // by kind, of those known here
  const std::uint8_t* kinds = nullptr;
  const Time* times = nullptr;  // of each event that has one
  VarintColumn created;
  VarintColumn tasks;
  VarintColumn parents;
  VarintColumn sites;
  VarintColumn values;
  const char* numbers = nullptr;  // doubles, not aligned
  VarintColumn byte_tasks;
  VarintColumn byte_counts;
};

// No batch of a real recording is near it (64 K events are 0.2 MB); a larger one is taken for damage.
inline constexpr std::uint64_t kMaxRawBytes = std::uint64_t{16} << 20;

// A batch unpacked. Opening another one into it saves taking memory.
struct OpenBatch {
  BatchHeader header;
  bool sound = false;  // every column holds exactly the fields that the kinds take; else nothing of it counts
  Columns columns;     // points into what follows
  std::vector<char> bytes;
  std::vector<Time> times;

  std::size_t size_bytes() const { return bytes.capacity() + times.capacity() * sizeof(Time); }
};

// `message` is a Batch whose header was read once without an exception.
void open_batch(std::string_view message, const TraceClock& clock, OpenBatch& batch);

}  // namespace loopscope::trace
