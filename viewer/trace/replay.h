// Plays the batches of all threads in the order of time. Every thread's batches are in order, so merging them needs
// one open batch a thread, however long the trace. What the events mean is Story's. Used by read_trace, once per
// trace.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/definitions.h"
#include "viewer/trace/model_budget.h"
#include "viewer/trace/story.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {

class Replay {
 public:
  enum class Outcome { done, cancelled, over_budget };

  // `trace` has its names, its begin and its (expected) end already. `budget_bytes` is what the model may yet
  // come to weigh.
  Replay(model::Trace& trace, Definitions& names, const TraceClock& clock, std::uint64_t budget_bytes);

  // Batches of one thread in their order in the trace.
  void add(const BatchHeader& batch);

  // `go_on` is asked before each batch, with the number played so far; false stops.
  Outcome play(const std::function<bool(std::size_t)>& go_on);

 private:
  // One thread of the program.
  struct Stream {
    std::size_t track = 0;
    std::vector<std::uint32_t> waiting;  // batches, in reverse
    std::vector<char> buffer;
    bool batch_open = false;
    std::uint64_t next_ticks = 0;  // no event of it is earlier
  };

  bool run(Stream& stream, std::uint64_t limit);
  bool open_next(Stream& stream);
  void give_back(std::vector<char>& buffer);

  model::Trace& trace_;
  Definitions& names_;
  ModelBudget budget_;
  Story story_;
  std::vector<BatchHeader> batches_;
  std::uint64_t created_promised_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> stream_of_thread_;
  std::vector<Stream> streams_;
  std::uint64_t buffer_bytes_ = 0;  // of all streams
  std::size_t played_ = 0;
  const std::function<bool(std::size_t)>* go_on_ = nullptr;
  Outcome outcome_ = Outcome::done;
};

}  // namespace loopscope::trace
