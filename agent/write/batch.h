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

// What must be known of a thread's past to read its next record.
struct ThreadCursor {
  std::uint32_t thread_id = 0;
  std::uint64_t last_ticks = 0;
  // Tasks of spans that are open; task 0 where the thread nested deeper than it keeps.
  std::vector<record::OpenSpan> open_spans;

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

  std::uint32_t events() const { return events_; }
  // No room for any further record: the longest makes two events.
  bool full() const { return events_ + 2 > kMaxEvents; }
  std::uint64_t first_ticks() const { return first_ticks_; }
  std::uint64_t count(record::EventKind kind) const { return counts_[kind]; }

  // The encoded loopscope.Batch. `late`: see trace.proto. `hurried`: not compressed, a third of the time and three
  // times the bytes. Valid until the next begin().
  const std::string& finish(std::uint64_t epoch, bool late, bool hurried);

 private:
  struct Column {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::uint8_t* end = nullptr;
    void make(std::size_t capacity);
    void clear() { end = bytes.get(); }
    std::size_t size() const { return static_cast<std::size_t>(end - bytes.get()); }
  };

  void note_task(std::uint64_t task);
  void put_task(std::uint64_t task);
  void end_span(ThreadCursor& cursor, std::uint64_t ticks);
  void put_other(std::uint64_t own, std::uint64_t other);

  Column kinds_, times_, created_, tasks_, others_, sites_, values_, numbers_;
  std::array<std::uint32_t, record::kEventKinds> counts_{};
  ThreadCursor start_;
  std::uint32_t events_ = 0;
  std::uint64_t first_ticks_ = 0, last_ticks_ = 0;
  std::uint64_t min_task_ = 0, max_task_ = 0;
  std::uint64_t longest_span_ = 0;
  // The first number of each id column stands apart until min_task_, which it counts from, is known.
  std::uint64_t first_created_ = 0, last_created_ = 0;
  std::uint64_t first_task_ = 0, last_task_ = 0;

  Compression compression_;
  ZSTD_CCtx_s* zstd_ = nullptr;
  std::string raw_, compressed_, message_;
};

}  // namespace loopscope::write
