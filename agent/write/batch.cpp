#include "agent/write/batch.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>

#include <protozero/pbf_writer.hpp>

namespace loopscope::write {

using namespace record;

namespace {

std::uint8_t* put_long_varint(std::uint8_t* to, std::uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<std::uint8_t>(value);
  return to;
}

// Most are of one byte or two.
[[gnu::always_inline]] inline std::uint8_t* put_varint(std::uint8_t* to, std::uint64_t value) {
  if (__builtin_expect(value < 0x80, 1)) {
    *to = static_cast<std::uint8_t>(value);
    return to + 1;
  }
  if (__builtin_expect(value < 0x4000, 1)) {
    to[0] = static_cast<std::uint8_t>(value | 0x80);
    to[1] = static_cast<std::uint8_t>(value >> 7);
    return to + 2;
  }
  return put_long_varint(to, value);
}

std::uint64_t zigzag(std::uint64_t difference) {
  return difference << 1 ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(difference) >> 63);
}

constexpr std::size_t kMaxDepth = 1u << 20;

std::uint64_t low(std::uint64_t word) { return word & 0xffffffffu; }
std::uint64_t high(std::uint64_t word) { return word >> 32; }

// Field numbers of loopscope.Columns and loopscope.Batch.
enum ColumnField : std::uint32_t {
  kKinds = 1,
  kTimes = 2,
  kCreated = 3,
  kTasks = 4,
  kOthers = 5,
  kSites = 6,
  kValues = 7,
  kNumbers = 8,
  kByteTasks = 10,
  kByteCounts = 11,
};
enum BatchField : std::uint32_t {
  kThread = 1,
  kEpoch = 2,
  kEvents = 3,
  kBaseTicks = 4,
  kLastTicks = 5,
  kCountByKind = 6,
  kMinTask = 7,
  kMaxTask_ = 8,
  kLongestSpan = 9,
  kOpenSpans = 10,
  kLate = 11,
  kCodec = 12,
  kRawSize = 13,
  kColumns = 14,
};

void append_column(std::string& to, std::uint32_t field, const std::uint8_t* bytes, std::size_t size,
                   const std::uint8_t* first = nullptr, std::size_t first_size = 0) {
  if (size + first_size == 0) return;
  protozero::add_varint_to_buffer(&to, field << 3 | 2u);
  protozero::add_varint_to_buffer(&to, size + first_size);
  to.append(reinterpret_cast<const char*>(first), first_size);
  to.append(reinterpret_cast<const char*>(bytes), size);
}

}  // namespace

bool OpenSpans::grow() {
  if (spans_.size() >= kMaxDepth) return false;
  spans_.resize(2 * spans_.size() + 16);
  return true;
}

void OpenSpans::assign(const OpenSpan* first, std::size_t count) {
  spans_.assign(first, first + count);
  size_ = count;
}

void ThreadCursor::start_at(const Chunk& chunk) {
  thread_id = chunk.thread_id;
  last_ticks = chunk.base_ticks;
  open_spans.assign(chunk.open_spans, std::min(chunk.depth, kMaxOpenSpans));
}

bool ThreadCursor::skim(const std::uint64_t* from, const std::uint64_t* to) {
  while (from < to) {
    const auto kind = static_cast<RecordKind>(*from & kKindMask);
    const std::uint32_t words = kRecordWords[kind];
    if (words == 0 || words > to - from) return false;
    const std::uint64_t upper = *from >> kKindBits;
    switch (kind) {
      case kRecordBeginChained: open_spans.push({upper, last_ticks}); break;
      case kRecordDue:
      case kRecordText: break;
      default:
        last_ticks = upper;
        if (kind == kRecordBegin) open_spans.push({from[1], upper});
        if (kind == kRecordEdge && high(from[1]) == kEdgeBeginsSpan) open_spans.push({from[2], upper});
        if ((kind == kRecordEnd || kind == kRecordEndFinished ||
             (kind == kRecordEdge && high(from[1]) == kEdgeEndsSpan)) &&
            !open_spans.empty()) {
          open_spans.pop();
        }
    }
    from += words;
  }
  return true;
}

void BatchEncoder::Column::make(std::size_t capacity) {
  bytes.reset(new std::uint8_t[capacity]);
  end = bytes.get();
}

BatchEncoder::BatchEncoder(Compression compression) : compression_(compression) {
  // Worst cases; pages are touched as they are used.
  constexpr std::size_t kVarint = 10;
  kinds_.make(kMaxEvents);
  for (Column* column : {&times_, &created_, &tasks_, &others_, &sites_, &byte_tasks_, &byte_counts_}) {
    column->make(kMaxEvents * kVarint);
  }
  values_.make(kMaxEvents * 3 * kVarint);
  numbers_.make(kMaxEvents * 8);
  if (compression_ == Compression::zstd) {
    zstd_ = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(zstd_, ZSTD_c_compressionLevel, 1);
  }
}

BatchEncoder::~BatchEncoder() { ZSTD_freeCCtx(zstd_); }

void BatchEncoder::begin(const ThreadCursor& cursor) {
  for (Column* column : {&kinds_, &times_, &created_, &tasks_, &others_, &sites_, &values_, &numbers_,
                         &byte_tasks_, &byte_counts_}) {
    column->clear();
  }
  counts_.fill(0);
  start_ = cursor;
  first_ticks_ = 0;
  last_ticks_ = cursor.last_ticks;
  min_task_ = UINT64_MAX;
  max_task_ = longest_span_ = 0;
  first_created_ = last_created_ = first_task_ = last_task_ = first_byte_task_ = last_byte_task_ = 0;
}

#define LOOPSCOPE_INLINE [[gnu::always_inline]] inline

LOOPSCOPE_INLINE void BatchEncoder::Ends::note_task(std::uint64_t task) {
  if (task > max_task) max_task = task;
  if (task < min_task) min_task = task;
}

LOOPSCOPE_INLINE void BatchEncoder::Ends::put_time(std::uint64_t ticks) {
  // A damaged ring may step back; a batch cannot.
  const std::uint64_t delta = ticks >= last_ticks ? ticks - last_ticks : 0;
  times = put_varint(times, delta);
  last_ticks += delta;
}

LOOPSCOPE_INLINE void BatchEncoder::Ends::put_created(std::uint64_t task) {
  note_task(task);
  if (last_created != 0) created = put_varint(created, zigzag(task - last_created));
  last_created = task;
}

LOOPSCOPE_INLINE void BatchEncoder::Ends::put_task(std::uint64_t task) {
  note_task(task);
  if (last_task != 0) tasks = put_varint(tasks, zigzag(task - last_task));
  last_task = task;
}

LOOPSCOPE_INLINE void BatchEncoder::Ends::put_other(std::uint64_t own, std::uint64_t other) {
  others = put_varint(others, other == 0 ? 0 : zigzag(own - other) + 1);
}

BatchEncoder::Ends BatchEncoder::ends() const {
  return {kinds_.end,  times_.end,    created_.end, tasks_.end, others_.end, sites_.end,
          last_ticks_, last_created_, last_task_,   min_task_,  max_task_};
}

void BatchEncoder::keep(const Ends& ends) {
  kinds_.end = ends.kinds;
  times_.end = ends.times;
  created_.end = ends.created;
  tasks_.end = ends.tasks;
  others_.end = ends.others;
  sites_.end = ends.sites;
  last_ticks_ = ends.last_ticks;
  last_created_ = ends.last_created;
  last_task_ = ends.last_task;
  min_task_ = ends.min_task;
  max_task_ = ends.max_task;
}

LOOPSCOPE_INLINE void BatchEncoder::end_span(ThreadCursor& cursor, std::uint64_t ticks) {
  if (cursor.open_spans.empty()) return;
  const OpenSpan& span = cursor.open_spans.back();
  if (span.begin_ticks != 0 && ticks > span.begin_ticks) {
    longest_span_ = std::max(longest_span_, ticks - span.begin_ticks);
  }
  cursor.open_spans.pop();
}

LOOPSCOPE_INLINE void BatchEncoder::put_bytes(Ends& at, std::uint64_t task, std::uint64_t bytes) {
  at.note_task(task);
  if (last_byte_task_ == 0) {
    first_byte_task_ = task;
  } else {
    byte_tasks_.end = put_varint(byte_tasks_.end, zigzag(task - last_byte_task_));
  }
  last_byte_task_ = task;
  byte_counts_.end = put_varint(byte_counts_.end, bytes);
}

const std::uint64_t* BatchEncoder::add(ThreadCursor& cursor, const std::uint64_t* from,
                                       const std::uint64_t* to) {
  Ends at = ends();
  const std::uint8_t* const full_at = kinds_.bytes.get() + kMaxEvents - kMostEventsOfRecord + 1;
  const auto put_kind = [&](EventKind kind) {
    *at.kinds++ = kind;
    ++counts_[kind];
  };
  while (from < to && at.kinds < full_at) {
    const std::uint64_t word = *from;
    const auto record = static_cast<RecordKind>(word & kKindMask);
    const std::uint32_t words = kRecordWords[record];
    if (words == 0 || words > to - from) break;
    const std::uint64_t upper = word >> kKindBits;
    const bool is_first = at.kinds == kinds_.bytes.get();
    switch (record) {
      case kRecordCreated: {
        const std::uint64_t task = from[1];
        if (task == 0) goto damaged;
        if (at.last_created == 0) first_created_ = task;
        at.put_created(task);
        at.put_other(task, from[2] >> kSiteBits);
        at.sites = put_varint(at.sites, from[2] & kMaxSite);
        at.put_time(upper);
        put_kind(kTaskCreated);
        break;
      }
      case kRecordBeginChained:
        if (upper == 0) goto damaged;
        if (at.last_task == 0) first_task_ = upper;
        at.put_task(upper);
        cursor.open_spans.push({upper, at.last_ticks});
        put_kind(kSpanBeginChained);
        break;
      case kRecordEnd:
        end_span(cursor, upper);
        at.put_time(upper);
        put_kind(kSpanEnd);
        break;
      case kRecordBegin:
      case kRecordFinished:
        if (from[1] == 0) goto damaged;
        if (at.last_task == 0) first_task_ = from[1];
        at.put_task(from[1]);
        at.put_time(upper);
        if (record == kRecordBegin) cursor.open_spans.push({from[1], upper});
        put_kind(record == kRecordBegin ? kSpanBegin : kTaskFinished);
        break;
      case kRecordEndFinished: {
        const std::uint64_t task = from[1] & kMaxTask;
        if (task == 0) goto damaged;
        if (const std::uint64_t bytes = from[1] >> kTaskBits; bytes != 0) {
          put_bytes(at, task, bytes - 1);
          put_kind(kTaskBytes);
        }
        end_span(cursor, upper);
        if (at.last_task == 0) first_task_ = task;
        at.put_task(task);
        at.put_time(upper);
        put_kind(kSpanEnd);
        at.put_time(upper);
        put_kind(kTaskFinished);
        break;
      }
      case kRecordEdge:
        // The wait stands outside of the span: behind its end, before its begin.
        if (const std::uint64_t kind = high(from[1]); kind == kEdgeEndsSpan || kind == kEdgeBeginsSpan) {
          const bool begins = kind == kEdgeBeginsSpan;
          if (from[2] == 0) goto damaged;
          if (!begins) {
            end_span(cursor, upper);
            at.put_time(upper);
            put_kind(kSpanEnd);
          }
          if (at.last_task == 0) first_task_ = from[2];
          at.put_task(from[2]);
          at.put_other(from[2], from[3]);
          if (!begins) at.sites = put_varint(at.sites, low(from[1]));
          at.put_time(upper);
          put_kind(begins ? kAwaitEnd : kAwaitBegin);
          if (begins) {
            at.put_task(from[2]);
            cursor.open_spans.push({from[2], upper});
            at.put_time(upper);
            put_kind(kSpanBegin);
          }
          break;
        }
        [[fallthrough]];
      default:
        if (!add_rare(at, from, record)) goto damaged;
    }
    if (is_first) first_ticks_ = at.last_ticks;
    from += words;
  }
damaged:
  keep(at);
  cursor.last_ticks = at.last_ticks;
  return from;
}

// False if the words are no record.
[[gnu::noinline]] bool BatchEncoder::add_rare(Ends& at, const std::uint64_t* from, RecordKind record) {
  const auto put_value = [this](std::uint64_t value) { values_.end = put_varint(values_.end, value); };
  const auto put_task = [&](std::uint64_t task) {
    if (at.last_task == 0) first_task_ = task;
    at.put_task(task);
  };
  const std::uint64_t upper = from[0] >> kKindBits;
  auto kind = static_cast<std::uint32_t>(high(from[1]));  // where the record says so
  switch (record) {
    case kRecordReady:
      kind = kTaskReady;
      if (from[1] == 0) return false;
      put_task(from[1]);
      break;
    case kRecordFinishedWith:
      kind = kTaskFinishedWith;
      if (from[1] == 0) return false;
      put_task(from[1]);
      put_value(high(from[2]));
      put_value(zigzag(from[3]));
      put_value(low(from[2]));
      break;
    case kRecordDue:
      kind = kTaskDue;
      if (upper == 0) return false;
      put_task(upper);
      put_value(from[1]);
      break;
    case kRecordPollBegin:
      kind = kPollBegin;
      put_value(low(from[1]));
      put_value(from[2]);
      break;
    case kRecordPollEnd:
      kind = kPollEnd;
      put_value(low(from[1]));
      put_value(high(from[1]));
      break;
    case kRecordEdge:
      if ((kind != kAwaitBegin && kind != kAwaitEnd && kind != kCancelRequested) || from[2] == 0)
        return false;
      put_task(from[2]);
      at.put_other(from[2], from[3]);
      if (kind != kAwaitEnd) at.sites = put_varint(at.sites, low(from[1]));
      break;
    case kRecordText:
      if (upper == 0) return false;
      if (kind == kTaskBytes) {
        put_bytes(at, upper, from[2]);
        break;
      }
      if (kind != kContextSet && kind != kTaskRenamed) return false;
      put_task(upper);
      put_value(low(from[1]));
      if (kind == kContextSet) put_value(low(from[2]));
      break;
    case kRecordNumber:
      if (kind == kGaugeSet) {
        put_value(low(from[1]));
        std::memcpy(numbers_.end, &from[2], 8);
        numbers_.end += 8;
      } else if (kind == kLagSample) {
        put_value(low(from[1]));
        put_value(from[2]);
      } else {
        return false;
      }
      break;
    case kRecordBare:
      if (kind != kPauseBegin && kind != kPauseEnd && kind != kLoopClosed && kind != kLoopEntered &&
          kind != kLoopLeft) {
        return false;
      }
      if (kind != kPauseEnd) put_value(low(from[1]));
      break;
    default: return false;
  }
  if (record != kRecordDue && record != kRecordText) at.put_time(upper);
  *at.kinds++ = static_cast<std::uint8_t>(kind);
  ++counts_[kind];
  return true;
}

// One frame, with blocks that end where columns do: each has an alphabet of its own.
bool BatchEncoder::compress(const EndsOfColumns& ends_of_columns) {
  // A short column is not worth a table.
  constexpr std::size_t kShortest = 4096;
  compressed_.resize(ZSTD_compressBound(raw_.size()) + 64);
  ZSTD_outBuffer out{compressed_.data(), compressed_.size(), 0};
  ZSTD_CCtx_reset(zstd_, ZSTD_reset_session_only);
  ZSTD_CCtx_setPledgedSrcSize(zstd_, raw_.size());
  std::size_t begin = 0;
  for (const std::size_t end : ends_of_columns) {
    const bool last = end == raw_.size();
    if (!last && end - begin < kShortest) continue;
    ZSTD_inBuffer in{raw_.data() + begin, end - begin, 0};
    const std::size_t left = ZSTD_compressStream2(zstd_, &out, &in, last ? ZSTD_e_end : ZSTD_e_flush);
    if (left != 0 || in.pos != in.size) return false;  // an error, or no room
    begin = end;
    if (last) break;
  }
  if (out.pos >= raw_.size()) return false;
  compressed_.resize(out.pos);
  return true;
}

const std::string& BatchEncoder::finish(std::uint64_t epoch, bool late, bool hurried) {
  EndsOfColumns ends_of_columns{};
  std::size_t columns_made = 0;
  auto column = [&](ColumnField field, const Column& from) {
    append_column(raw_, field, from.bytes.get(), from.size());
    ends_of_columns[columns_made++] = raw_.size();
  };
  auto id_column = [&](ColumnField field, const Column& from, std::uint64_t first_id) {
    std::uint8_t first[10];
    const std::uint8_t* end = first_id == 0 ? first : put_varint(first, zigzag(first_id - min_task_));
    append_column(raw_, field, from.bytes.get(), from.size(), first, static_cast<std::size_t>(end - first));
    ends_of_columns[columns_made++] = raw_.size();
  };
  raw_.clear();
  column(kKinds, kinds_);
  column(kTimes, times_);
  id_column(kCreated, created_, first_created_);
  id_column(kTasks, tasks_, first_task_);
  column(kOthers, others_);
  column(kSites, sites_);
  column(kValues, values_);
  column(kNumbers, numbers_);
  id_column(kByteTasks, byte_tasks_, first_byte_task_);
  column(kByteCounts, byte_counts_);

  enum : std::uint32_t { kRaw = 0, kZstd = 1 };
  std::uint32_t codec = kRaw;
  const std::string* columns = &raw_;
  if (zstd_ != nullptr && !hurried && compress(ends_of_columns)) {
    codec = kZstd;
    columns = &compressed_;
  }

  message_.clear();
  protozero::pbf_writer batch(message_);
  batch.add_uint32(kThread, start_.thread_id);
  batch.add_uint64(kEpoch, epoch);
  batch.add_uint32(kEvents, events());
  batch.add_fixed64(kBaseTicks, start_.last_ticks);
  batch.add_fixed64(kLastTicks, last_ticks_);
  batch.add_packed_uint32(kCountByKind, counts_.begin(), counts_.end());
  if (max_task_ != 0) {
    batch.add_uint64(kMinTask, min_task_);
    batch.add_uint64(kMaxTask_, max_task_);
  }
  if (longest_span_ != 0) batch.add_uint64(kLongestSpan, longest_span_);
  for (const OpenSpan& span : start_.open_spans) {
    protozero::pbf_writer open(batch, kOpenSpans);
    open.add_uint64(1, span.task);
    open.add_fixed64(2, span.begin_ticks);
  }
  if (late) batch.add_bool(kLate, true);
  if (codec != kRaw) batch.add_enum(kCodec, static_cast<std::int32_t>(codec));
  batch.add_uint32(kRawSize, static_cast<std::uint32_t>(raw_.size()));
  batch.add_bytes(kColumns, *columns);
  return message_;
}

}  // namespace loopscope::write
