// Plays the batches of all threads in the order of time. Every thread's batches are in order, so merging them needs
// one open batch a thread, however long the trace. What the events mean is Story's. Used by read_trace, once per
// trace.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/batch_index.h"
#include "viewer/trace/batch_opener.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/definitions.h"
#include "viewer/trace/model_budget.h"
#include "viewer/trace/story.h"
#include "viewer/trace/timeline_rows.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {

class Replay {
 public:
  enum class Outcome { done, cancelled, over_budget };

  struct Options {
    // What the model may yet come to weigh.
    std::uint64_t budget_bytes = 0;
    // Asked before each batch, with the number played so far; false stops.
    std::function<bool(std::size_t)> go_on = {};
    // Told of bytes of the trace that will hardly be looked at again.
    std::function<void(std::string_view)> forget = {};
    // The tasks' place while the trace is read as a stream; null: they go to the trace's table at once.
    LiveTasks* live = nullptr;
    // Keep what a timeline shows; not with `live`.
    bool timeline = false;
    // Unpack batches ahead on a second thread.
    bool ahead = false;
  };

  // `trace` has its names, its begin and its (expected) end already.
  Replay(model::Trace& trace, Definitions& names, const TraceClock& clock, Watchdog& watchdog,
         const BatchIndex& batches, Options options);

  Outcome play();

 private:
  // One thread of the program.
  struct Stream {
    std::size_t track = 0;
    std::vector<std::uint32_t> waiting;  // batches, in reverse
    bool batch_open = false;
    OpenBatch batch;
    std::uint64_t batch_bytes = 0;
    Time next = 0;  // no event of it is earlier
  };

  void expect_tasks(std::uint64_t tasks);
  std::vector<std::uint32_t> order_of_use() const;
  bool next_turn(Stream& stream);
  bool run(Stream& stream, Time limit);
  bool open_next(Stream& stream);
  void close(Stream& stream);

  model::Trace& trace_;
  const TraceClock& clock_;
  Options options_;
  ModelBudget budget_;
  std::optional<TimelineRows> rows_;
  std::unique_ptr<Story> story_;
  const BatchIndex& batches_;
  BatchOpener opener_;
  std::vector<Stream> streams_;
  std::uint64_t open_bytes_ = 0;  // of the open batches of all streams
  std::size_t played_ = 0;
  Outcome outcome_ = Outcome::done;
};

}  // namespace loopscope::trace
