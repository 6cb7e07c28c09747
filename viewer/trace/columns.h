// One batch: its header, and its events unpacked and checked as a whole, so that replaying them needs no check
// an event. Used by replay, on the loader's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

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
};
inline constexpr std::size_t kEventKinds = 22;

// How many fields a kind takes from each column.
struct ColumnUse {
  std::uint8_t time = 0;
  std::uint8_t created = 0;
  std::uint8_t task = 0;
  std::uint8_t parent = 0;
  std::uint8_t site = 0;
  std::uint8_t values = 0;
  std::uint8_t numbers = 0;
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

// A column of varints. Reading is not checked: open_columns() made sure that the fields are there.
class VarintColumn {
 public:
  VarintColumn() = default;
  explicit VarintColumn(std::string_view bytes) : at_(reinterpret_cast<const std::uint8_t*>(bytes.data())) {}

  std::uint64_t peek() const {
    const std::uint8_t* at = at_;
    return decode(at);
  }
  std::uint64_t next() { return decode(at_); }
  std::int64_t next_zigzag() { return from_zigzag(next()); }

 private:
  static std::uint64_t decode(const std::uint8_t*& at) {
    const std::uint64_t first = *at++;
    if (first < 0x80) [[likely]]
      return first;
    const std::uint64_t second = *at++;
    const std::uint64_t value = (first & 0x7f) | (second & 0x7f) << 7;
    if (second < 0x80) [[likely]]
      return value;
    return decode_long(at, value);
  }
  static std::uint64_t decode_long(const std::uint8_t*& at, std::uint64_t value) {
    for (unsigned shift = 14; shift < 64; shift += 7) {
      const std::uint64_t byte = *at++;
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
  std::array<std::uint64_t, 256> count{};  // by kind
  const std::uint8_t* kinds = nullptr;
  VarintColumn times;
  VarintColumn created;
  VarintColumn tasks;
  VarintColumn parents;
  VarintColumn sites;
  VarintColumn values;
  const char* numbers = nullptr;  // doubles, not aligned
};

// No batch of a real recording is near it (64 K events are 0.2 MB); a larger one is taken for damage.
inline constexpr std::uint64_t kMaxRawBytes = std::uint64_t{16} << 20;

// Unpacks into `buffer` and checks that every column holds exactly the fields that the kinds take. False if
// not: the batch is then damaged as a whole. `columns` points into `buffer` or the batch itself.
bool open_columns(const BatchHeader& batch, std::vector<char>& buffer, Columns& columns);

}  // namespace loopscope::trace
