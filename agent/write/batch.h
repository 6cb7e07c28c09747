// Ring records of one thread → one Batch message: columns, compressed, under a header. Writer thread and
// recovery; knows nothing of chunks being shared, files or packets.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/record/event_kind.h"
#include "agent/record/ring_layout.h"

struct ZSTD_CCtx_s;

namespace loopscope::write {

// The spans that are open on a thread, the innermost last. Of task 0 where it nested deeper than it keeps.
class OpenSpans {
 public:
  bool empty() const { return size_ == 0; }
  const record::OpenSpan& back() const { return spans_[size_ - 1]; }
  const record::OpenSpan* begin() const { return spans_.data(); }
  const record::OpenSpan* end() const { return spans_.data() + size_; }
  void push(record::OpenSpan span) {
    if (size_ == spans_.size() && !grow()) return;
    spans_[size_++] = span;
  }
  void pop() { --size_; }
  void assign(const record::OpenSpan* first, std::size_t count);

 private:
  bool grow();
  std::vector<record::OpenSpan> spans_;  // room
  std::size_t size_ = 0;
};

// What must be known of a thread's past to read its next record.
struct ThreadCursor {
  std::uint32_t thread_id = 0;
  std::uint64_t last_ticks = 0;
  OpenSpans open_spans;

  // As a chunk's header tells it; `chunk` may be hostile.
  void start_at(const record::Chunk& chunk);
  // Over records that somebody else has encoded. False at a word that is no record.
  bool skim(const std::uint64_t* from, const std::uint64_t* to);
};

enum class Compression { none, zstd };

class BatchEncoder {
 public:
  static constexpr std::uint32_t kMaxEvents = 65536;

  explicit BatchEncoder(Compression compression);
  ~BatchEncoder();
  BatchEncoder(const BatchEncoder&) = delete;
  BatchEncoder& operator=(const BatchEncoder&) = delete;

  // Starts a batch where the cursor is.
  void begin(const ThreadCursor& cursor);

  // Adds records until the words end, the batch is full or a word is no record; gives where it stopped and
  // moves the cursor there.
  const std::uint64_t* add(ThreadCursor& cursor, const std::uint64_t* from, const std::uint64_t* to);

  std::uint32_t events() const { return static_cast<std::uint32_t>(kinds_.size()); }
  // No room for any further record.
  bool full() const { return events() + kMostEventsOfRecord > kMaxEvents; }
  std::uint64_t first_ticks() const { return first_ticks_; }
  std::uint64_t count(record::EventKind kind) const { return counts_[kind]; }

  // The encoded loopscope.Batch. `late`: see trace.proto. `hurried`: not compressed, a third of the time and three
  // times the bytes. Valid until the next begin().
  const std::string& finish(std::uint64_t epoch, bool late, bool hurried);

 private:
  static constexpr std::uint32_t kMostEventsOfRecord = 3;
  struct Column {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::uint8_t* end = nullptr;
    void make(std::size_t capacity);
    void clear() { end = bytes.get(); }
    std::size_t size() const { return static_cast<std::size_t>(end - bytes.get()); }
  };

  // What moves with every event, kept in registers while the frequent ones are added.
  struct Ends {
    std::uint8_t *kinds, *times, *created, *tasks, *others, *sites;
    std::uint64_t last_ticks, last_created, last_task, min_task, max_task;

    void note_task(std::uint64_t task);
    void put_time(std::uint64_t ticks);
    void put_created(std::uint64_t task);
    void put_task(std::uint64_t task);
    void put_other(std::uint64_t own, std::uint64_t other);
  };
  static constexpr std::size_t kColumnCount = 10;
  using EndsOfColumns = std::array<std::size_t, kColumnCount>;
  bool compress(const EndsOfColumns& ends_of_columns);
  Ends ends() const;
  void keep(const Ends& ends);
  void end_span(ThreadCursor& cursor, std::uint64_t ticks);
  void put_bytes(Ends& at, std::uint64_t task, std::uint64_t bytes);
  bool add_rare(Ends& at, const std::uint64_t* from, record::RecordKind record);

  Column kinds_, times_, created_, tasks_, others_, sites_, values_, numbers_, byte_tasks_, byte_counts_;
  std::array<std::uint32_t, record::kEventKinds> counts_{};
  ThreadCursor start_;
  std::uint64_t first_ticks_ = 0, last_ticks_ = 0;
  std::uint64_t min_task_ = 0, max_task_ = 0;
  std::uint64_t longest_span_ = 0;
  // Each id column's first number counts from min_task_, which is known at the end.
  std::uint64_t last_created_ = 0, last_task_ = 0, last_byte_task_ = 0;
  std::uint64_t first_created_ = 0, first_task_ = 0, first_byte_task_ = 0;

  Compression compression_;
  ZSTD_CCtx_s* zstd_ = nullptr;
  std::string raw_, compressed_, message_;
};

}  // namespace loopscope::write
