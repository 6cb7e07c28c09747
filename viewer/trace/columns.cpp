// Unpacking a batch, and the one check that makes replaying it safe.
#include "viewer/trace/columns.h"

#include <lz4.h>
#include <zstd.h>
#include <algorithm>
#include <cstring>
#include <memory>
#include <protozero/pbf_reader.hpp>

#include "viewer/trace/fields.h"
#include "viewer/trace/message.h"

namespace loopscope::trace {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

constexpr std::uint32_t kRaw = 0;
constexpr std::uint32_t kZstd = 1;
constexpr std::uint32_t kLz4 = 2;

bool unpack(const BatchHeader& batch, std::vector<char>& buffer, std::string_view& raw) {
  const std::uint64_t size = batch.codec == kRaw ? batch.packed.size() : batch.raw_size;
  if (size > kMaxRawBytes || (batch.raw_size != 0 && batch.raw_size != size)) return false;
  if (batch.codec != kRaw && size == 0) return false;
  if (buffer.size() < size) buffer.resize(size);
  raw = {buffer.data(), size};
  switch (batch.codec) {
    case kRaw: std::copy(batch.packed.begin(), batch.packed.end(), buffer.begin()); return true;
    case kZstd: {
      // One a thread: making it costs more than a small batch.
      thread_local const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                                         ZSTD_freeDCtx);
      const std::size_t unpacked =
          ZSTD_decompressDCtx(context.get(), buffer.data(), size, batch.packed.data(), batch.packed.size());
      return ZSTD_isError(unpacked) == 0 && unpacked == size;
    }
    case kLz4: {
      // A batch has at most kMaxRawBytes, and LZ4 grows nothing by more than 1/255.
      if (batch.packed.size() > 2 * kMaxRawBytes) return false;
      const int unpacked = LZ4_decompress_safe(batch.packed.data(), buffer.data(),
                                               static_cast<int>(batch.packed.size()), static_cast<int>(size));
      return unpacked >= 0 && static_cast<std::uint64_t>(unpacked) == size;
    }
    default: return false;
  }
}

// How many varints end in these bytes. Decoding that many reads no byte behind them: every decode passes at
// most one end.
std::uint64_t varints_in(std::string_view bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  std::uint64_t ends = 0;
  std::size_t at = 0;
  while (at + 8 <= bytes.size()) {
    // Eight counters of a byte each, emptied before one can run over.
    std::uint64_t counters = 0;
    const std::size_t until = std::min(bytes.size() - 7, at + 8 * 255);
    for (; at < until; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, 8);
      counters += ~word >> 7 & kOnes;
    }
    constexpr std::uint64_t kEven = 0x00ff00ff00ff00ffU;
    counters = (counters & kEven) + (counters >> 8 & kEven);
    ends += counters * 0x0001000100010001U >> 48;
  }
  for (; at < bytes.size(); ++at) ends += static_cast<unsigned char>(bytes[at]) < 0x80;
  return ends;
}

// How many there are of each kind. Four counts at a time: one that is read right after it was written has to wait.
void count_kinds(std::string_view kinds, std::array<std::uint64_t, kEventKinds>& count) {
  std::array<std::array<std::uint32_t, 256>, 4> counts{};
  std::size_t at = 0;
  for (; at + 4 <= kinds.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, kinds.data() + at, sizeof word);
    ++counts[0][word & 0xff];
    ++counts[1][word >> 8 & 0xff];
    ++counts[2][word >> 16 & 0xff];
    ++counts[3][word >> 24];
  }
  for (; at < kinds.size(); ++at) ++counts[0][static_cast<unsigned char>(kinds[at])];
  for (std::size_t kind = 0; kind < count.size(); ++kind) {
    count[kind] = std::uint64_t{counts[0][kind]} + counts[1][kind] + counts[2][kind] + counts[3][kind];
  }
}

// Time deltas to times. Varints of one and of two bytes alternate as chance will have it, so no branch depends on
// where one ends: a byte that does not end one is overwritten by what comes next.
void read_times(std::string_view deltas, std::uint64_t count, std::uint64_t ticks, const TraceClock& clock,
                std::vector<Time>& times) {
  if (times.size() < count + 1) times.resize(count + 1);
  std::uint64_t delta = 0;
  unsigned shift = 0;
  TraceClock::Segment segment;
  Time* out = times.data();
  for (const char byte : deltas) {
    const auto bits = static_cast<std::uint64_t>(static_cast<unsigned char>(byte));
    delta |= (bits & 0x7f) << shift;
    const std::uint64_t end = bits >> 7 ^ 1;
    const std::uint64_t goes_on = end - 1;
    *out = static_cast<Time>(delta);
    out += end;
    delta &= goes_on;
    shift = static_cast<unsigned>((shift + 7) & goes_on & 63);
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    ticks += static_cast<std::uint64_t>(times[i]);
    times[i] = clock.at(ticks, segment);
  }
}

bool holds(std::string_view column, std::uint64_t fields) {
  const bool whole = column.empty() || static_cast<unsigned char>(column.back()) < 0x80;
  return whole && varints_in(column) == fields;
}

}  // namespace

const std::array<ColumnUse, kEventKinds> kColumnUse = {{
    {},                                                 // none
    {.time = 1, .created = 1, .parent = 1, .site = 1},  // TASK_CREATED
    {.time = 1, .task = 1},                             // SPAN_BEGIN
    {.task = 1},                                        // SPAN_BEGIN_CHAINED
    {.time = 1},                                        // SPAN_END
    {.time = 1, .task = 1},                             // TASK_FINISHED
    {.time = 1, .task = 1, .values = 3},                // TASK_FINISHED_WITH
    {.time = 1, .task = 1},                             // TASK_READY
    {.task = 1, .values = 1},                           // TASK_DUE
    {.time = 1, .values = 2},                           // POLL_BEGIN
    {.time = 1, .values = 2},                           // POLL_END
    {.time = 1, .task = 1, .parent = 1, .site = 1},     // AWAIT_BEGIN
    {.time = 1, .task = 1, .parent = 1},                // AWAIT_END
    {.time = 1, .task = 1, .parent = 1, .site = 1},     // CANCEL_REQUESTED
    {.task = 1, .values = 2},                           // CONTEXT_SET
    {.time = 1, .values = 1, .numbers = 1},             // GAUGE_SET
    {.time = 1, .values = 2},                           // LAG_SAMPLE
    {.time = 1, .values = 1},                           // PAUSE_BEGIN
    {.time = 1},                                        // PAUSE_END
    {.time = 1, .values = 1},                           // LOOP_CLOSED
    {.task = 1, .values = 1},                           // TASK_RENAMED
    {.time = 1, .task = 1},                             // SPAN_BEGIN_LOST
    {.time = 1, .values = 1},                           // LOOP_ENTERED
    {.time = 1, .values = 1},                           // LOOP_LEFT
    {.bytes = 1},                                       // TASK_BYTES
}};

BatchHeader read_batch_header(std::string_view batch) {
  BatchHeader header;
  header.message = batch;
  pbf_reader reader(batch.data(), batch.size());
  while (reader.next()) {
    const auto tag = reader.tag();
    const pbf_wire_type type = reader.wire_type();
    if (type == pbf_wire_type::varint) {
      const std::uint64_t value = reader.get_uint64();
      switch (tag) {
        case field::batch::thread: header.thread = value; break;
        case field::batch::epoch: header.epoch = value; break;
        case field::batch::events: header.events = value; break;
        case field::batch::min_task: header.min_task = value; break;
        case field::batch::codec:
          header.codec = static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 255));
          break;
        case field::batch::raw_size: header.raw_size = value; break;
        default: break;
      }
    } else if (type == pbf_wire_type::fixed64 &&
               (tag == field::batch::base_ticks || tag == field::batch::last_ticks)) {
      (tag == field::batch::base_ticks ? header.base_ticks : header.last_ticks) = reader.get_fixed64();
    } else if (type == pbf_wire_type::length_delimited && tag == field::batch::columns) {
      header.packed = view_of(reader);
    } else if (type == pbf_wire_type::length_delimited && tag == field::batch::count_by_kind) {
      const auto counts = reader.get_packed_uint32();
      auto count = counts.begin();
      for (int kind = 0; kind < kTaskCreated && count != counts.end(); ++kind) ++count;
      header.created = count == counts.end() ? 0 : *count;
    } else {
      reader.skip();
    }
  }
  header.created = std::min(header.created, header.events);
  return header;
}

std::vector<BatchOpenSpan> read_open_spans(std::string_view batch) {
  std::vector<BatchOpenSpan> spans;
  pbf_reader reader(batch.data(), batch.size());
  while (reader.next(field::batch::open_spans, pbf_wire_type::length_delimited)) {
    BatchOpenSpan& span = spans.emplace_back();
    pbf_reader fields = reader.get_message();
    while (fields.next()) {
      if (fields.tag() == field::open_span::task && fields.wire_type() == pbf_wire_type::varint) {
        span.task = fields.get_uint64();
      } else if (fields.tag() == field::open_span::begin_ticks &&
                 fields.wire_type() == pbf_wire_type::fixed64) {
        span.begin_ticks = fields.get_fixed64();
      } else {
        fields.skip();
      }
    }
  }
  return spans;
}

namespace {

constexpr std::size_t kColumns = field::columns::byte_counts + 1;

bool is_known(std::uint32_t column) {
  return column <= field::columns::numbers || column == field::columns::byte_task_deltas ||
         column == field::columns::byte_counts;
}

bool open_columns(const BatchHeader& header, const TraceClock& clock, OpenBatch& batch) {
  std::string_view raw;
  if (!unpack(header, batch.bytes, raw)) return false;

  std::array<std::string_view, kColumns> column;
  try {
    pbf_reader reader(raw.data(), raw.size());
    while (reader.next()) {
      const std::uint32_t tag = reader.tag();
      if (!is_known(tag)) {
        reader.skip();
        continue;
      }
      // Each column comes once, packed.
      if (!is_bytes(reader) || !column[tag].empty()) return false;
      column[tag] = view_of(reader);
    }
  } catch (const protozero::exception&) {
    return false;
  }

  const std::string_view kinds = column[field::columns::kinds];
  if (kinds.size() != header.events) return false;
  Columns& columns = batch.columns;
  count_kinds(kinds, columns.count);
  // Kinds of a later version stand in no column that is known here.
  std::array<std::uint64_t, kColumns> need{};
  for (std::size_t kind = 1; kind < kEventKinds; ++kind) {
    const ColumnUse& use = kColumnUse[kind];
    const std::uint64_t events = columns.count[kind];
    need[field::columns::time_deltas] += events * use.time;
    need[field::columns::created_deltas] += events * use.created;
    need[field::columns::task_deltas] += events * use.task;
    need[field::columns::parents] += events * use.parent;
    need[field::columns::sites] += events * use.site;
    need[field::columns::values] += events * use.values;
    need[field::columns::numbers] += events * use.numbers;
    need[field::columns::byte_task_deltas] += events * use.bytes;
    need[field::columns::byte_counts] += events * use.bytes;
  }
  for (std::size_t at = field::columns::time_deltas; at < kColumns; ++at) {
    if (at != field::columns::numbers && !holds(column[at], need[at])) return false;
  }
  if (column[field::columns::numbers].size() != 8 * need[field::columns::numbers]) return false;

  columns.events = kinds.size();
  columns.kinds = reinterpret_cast<const std::uint8_t*>(kinds.data());
  read_times(column[field::columns::time_deltas], need[field::columns::time_deltas], header.base_ticks, clock,
             batch.times);
  columns.times = batch.times.data();
  columns.created = VarintColumn(column[field::columns::created_deltas]);
  columns.tasks = VarintColumn(column[field::columns::task_deltas]);
  columns.parents = VarintColumn(column[field::columns::parents]);
  columns.sites = VarintColumn(column[field::columns::sites]);
  columns.values = VarintColumn(column[field::columns::values]);
  columns.numbers = column[field::columns::numbers].data();
  columns.byte_tasks = VarintColumn(column[field::columns::byte_task_deltas]);
  columns.byte_counts = VarintColumn(column[field::columns::byte_counts]);
  return true;
}

}  // namespace

void open_batch(std::string_view message, const TraceClock& clock, OpenBatch& batch) {
  batch.header = read_batch_header(message);
  batch.sound = open_columns(batch.header, clock, batch);
}

}  // namespace loopscope::trace
