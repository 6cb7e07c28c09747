// Unpacks batches, ahead of their use on a thread of its own if wanted, which has time left to fill a timeline's rows.
// What comes out does not depend on who unpacked it, nor when. Used by Replay, on the loader's thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "viewer/trace/batch_index.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/row_filler.h"
#include "viewer/trace/table_memory.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {

class BatchOpener {
 public:
  BatchOpener(const BatchIndex& batches, const TraceClock& clock) : batches_(batches), clock_(clock) {}
  ~BatchOpener() { join(); }
  BatchOpener(const BatchOpener&) = delete;
  BatchOpener& operator=(const BatchOpener&) = delete;

  // The memory of the table that the batches' tasks will go to. To be set before anything is opened.
  TableMemory& table() { return table_; }

  // From now on, a second thread opens batches in this order, as far ahead as a bounded amount of memory allows, and
  // fills `rows`, if there are any, while that is used up. Without one if the machine has none to give.
  void work_ahead(std::vector<std::uint32_t> order, RowFiller* rows);

  // Each batch once, in any order. One that nobody opened yet is opened here and now. Throws what the second thread
  // ended with, which is an exhausted memory.
  OpenBatch take(std::uint32_t batch);
  // For its memory.
  void give_back(OpenBatch&& batch);

  // There is no second thread afterwards. Throws as take() does.
  void work_alone();

 private:
  enum class State : std::uint8_t { waiting, opening, open, taken };

  void work();
  void work_until_stopped();
  void join();
  void open(std::uint32_t batch, OpenBatch& into);
  OpenBatch spare();
  bool may_open() const { return next_ < order_.size() && ahead_bytes_ < kAheadBytes; }

  // A dozen batches: enough to even out their differences, and small enough to stay in a cache.
  static constexpr std::uint64_t kAheadBytes = std::uint64_t{8} << 20;

  const BatchIndex& batches_;
  const TraceClock& clock_;
  TableMemory table_;
  RowFiller* rows_ = nullptr;
  std::thread worker_;

  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  bool stop_ = false;
  std::exception_ptr failure_;
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;       // in the order
  std::vector<State> states_;  // by batch; empty without a worker
  std::unordered_map<std::uint32_t, OpenBatch> open_;
  std::uint64_t ahead_bytes_ = 0;
  std::vector<OpenBatch> spares_;
};

}  // namespace loopscope::trace
