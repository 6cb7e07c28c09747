// The story: plays the batches of all threads in the order of time and writes down what happened. Every thread's
// batches are in order, so merging them needs one open batch a thread, however long the trace. Used by
// read_trace, once per trace.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/definitions.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::trace {

class Replay {
 public:
  enum class Outcome { done, cancelled, over_budget };

  // `trace` has its names, its begin and its (expected) end already. `budget_bytes` is what the model may yet
  // come to weigh; a trace that unpacks to more was made to exhaust memory.
  Replay(model::Trace& trace, Definitions& names, const TraceClock& clock, std::uint64_t budget_bytes);

  // Batches of one thread in their order in the trace.
  void add(const BatchHeader& batch);

  // `go_on` is asked before each batch, with the number played so far; false stops.
  Outcome play(const std::function<bool(std::size_t)>& go_on);

  std::size_t batches() const { return batches_.size(); }

 private:
  struct OpenSpan {
    std::uint64_t id = 0;
    model::TaskIndex task = model::kNoTask;
    Time begin = 0;
    bool begin_known = true;
  };
  // One thread of the program.
  struct Stream {
    std::uint32_t thread = 0;            // index in the model
    std::vector<std::uint32_t> waiting;  // batches, in reverse
    std::vector<char> buffer;
    bool batch_open = false;
    Columns columns;
    std::size_t at = 0;  // event in the batch
    std::uint64_t ticks = 0;
    std::uint64_t created_id = 0;
    std::uint64_t task_id = 0;
    Time now = 0;
    TraceClock::Segment segment;
    std::vector<OpenSpan> open;
    std::vector<std::size_t> pauses;         // open ones, in the model
    model::LoopIndex loop = model::kNoLoop;  // whose tick this thread is in
    std::uint64_t next_ticks = 0;            // no event of it is earlier
  };
  // What is kept of a loop while playing.
  struct LoopState {
    bool seen = false;
    bool polled = false;
    bool awake = false;  // between the end of a poll and the begin of the next
    bool polling = false;
    bool closed = false;
    Time woken = 0;
    Time polling_since = 0;
    std::uint64_t timeout_plus_1 = 0;
    std::uint32_t stream = 0;
    std::vector<Nanos> worst_busy_by_slice;
  };
  struct Finish {
    Time at = 0;
    model::Outcome outcome = model::Outcome::ok;
  };

  bool run(std::uint32_t stream, std::uint64_t limit);
  bool open_next(Stream& stream);
  void adopt_open_spans(Stream& stream, const BatchHeader& batch);
  void play_event(Stream& stream, std::uint8_t kind);
  bool spend(std::uint64_t bytes);
  std::string text(std::uint64_t string);
  void give_back(std::vector<char>& buffer);

  void created(Stream& stream);
  void begin_span(Stream& stream, bool begin_known);
  void end_span(Stream& stream);
  void finished(std::uint64_t id, Finish how);
  void finished_with(Stream& stream);
  void settle(model::TaskIndex task, Finish how);
  void ready(std::uint64_t id, Time at);
  void poll_begin(Stream& stream);
  void poll_end(Stream& stream);
  void await_begin(Stream& stream);
  void await_end(Stream& stream);
  void cancel_requested(Stream& stream);
  void gauge_set(Stream& stream);

  std::uint64_t next_task(Stream& stream);
  std::uint64_t other_end(Stream& stream, std::uint64_t own);
  Time& ready_since(model::TaskIndex task);
  void add_lag(model::LoopIndex loop, Time at, Nanos lag);
  void add_tick(model::LoopIndex loop, Time begin, Time end);
  void keep_span(const model::Span& span);
  std::size_t slice_of(Time at) const;
  Time slice_end(std::size_t slice) const;
  LoopState& loop_state(model::LoopIndex loop);
  void finish_story();

  model::Trace& trace_;
  Definitions& names_;
  const TraceClock& clock_;
  std::uint64_t budget_left_;
  double slices_per_ns_ = 0;

  std::vector<BatchHeader> batches_;
  std::uint64_t created_promised_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> stream_of_thread_;
  std::vector<Stream> streams_;
  std::uint64_t buffer_bytes_ = 0;  // of all streams
  std::size_t played_ = 0;
  const std::function<bool(std::size_t)>* go_on_ = nullptr;
  Outcome outcome_ = Outcome::done;

  std::uint64_t pending_ = 0;
  std::vector<Time> ready_since_;  // by task, kNever if not known; grows at the first use
  std::unordered_map<std::uint64_t, Finish> early_finishes_;  // of tasks not created yet
  std::map<std::pair<model::TaskIndex, model::TaskIndex>, std::vector<std::size_t>> open_awaits_;
  std::vector<LoopState> loops_;
  std::vector<model::Span>& longest_;  // a heap, the shortest on top
};

}  // namespace loopscope::trace
