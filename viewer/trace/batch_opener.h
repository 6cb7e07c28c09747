// Unpacks batches, ahead of their use on a thread of its own if wanted. What comes out does not depend on who
// unpacked it, nor when. Used by Replay, on the loader's thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "viewer/trace/batch_index.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/table_memory.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {

class BatchOpener {
 public:
  BatchOpener(const BatchIndex& batches, const TraceClock& clock) : batches_(batches), clock_(clock) {}
  ~BatchOpener();
  BatchOpener(const BatchOpener&) = delete;
  BatchOpener& operator=(const BatchOpener&) = delete;

  // The memory of the table that the batches' tasks will go to. To be set before anything is opened.
  TableMemory& table() { return table_; }

  // What the thread that plays them will fill, beside that table.
  ComingMemory& coming() { return coming_; }

  // From now on, a second thread opens batches in this order, as far ahead as a bounded amount of memory allows.
  // Without one if the machine has none to give.
  void work_ahead(std::vector<std::uint32_t> order);

  // Each batch once, in any order. One that nobody opened yet is opened here and now.
  OpenBatch take(std::uint32_t batch);
  // For its memory.
  void give_back(OpenBatch&& batch);

 private:
  enum class State : std::uint8_t { waiting, opening, open, taken };

  void work();
  void open(std::uint32_t batch, OpenBatch& into);
  OpenBatch spare();

  const BatchIndex& batches_;
  const TraceClock& clock_;
  TableMemory table_;
  ComingMemory coming_;
  std::thread worker_;

  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  bool stop_ = false;
  std::vector<std::uint32_t> order_;
  std::vector<State> states_;  // by batch; empty without a worker
  std::unordered_map<std::uint32_t, OpenBatch> open_;
  std::uint64_t ahead_bytes_ = 0;
  std::vector<OpenBatch> spares_;
};

}  // namespace loopscope::trace
