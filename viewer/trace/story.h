// What each event means: the lives of tasks and their spans. Loops are LoopTimes', what is said about tasks is
// Remarks'. Events come in the order of time, from Replay.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/definitions.h"
#include "viewer/trace/loop_times.h"
#include "viewer/trace/model_budget.h"
#include "viewer/trace/remarks.h"
#include "viewer/trace/trace_clock.h"
#include "viewer/trace/track.h"

namespace loopscope::trace {

class Story {
 public:
  // `trace` has its names, its begin and its (expected) end already.
  Story(model::Trace& trace, Definitions& names, const TraceClock& clock, ModelBudget& budget);

  // Before the first event.
  std::size_t add_track(std::uint32_t thread);
  void expect_tasks(std::uint64_t tasks) { trace_.tasks.reserve(tasks); }

  // The track goes on with this batch, of which `columns` are the events. False if the model may not weigh that much.
  bool open(std::size_t track, const BatchHeader& batch, const Columns& columns);
  // Plays events up to and at `until`. True if that was the whole batch; else `next_ticks` is when it goes on.
  bool play(std::size_t track, std::uint64_t until, std::uint64_t& next_ticks);
  std::uint64_t ticks(std::size_t track) const { return tracks_[track].ticks; }

  // After the last event.
  void finish();

 private:
  struct Finish {
    Time at = 0;
    model::Outcome outcome = model::Outcome::ok;
  };

  void adopt_open_spans(Track& track, const BatchHeader& batch);
  void play_event(Track& track, std::uint8_t kind);
  void created(Track& track);
  void begin_span(Track& track, bool begin_known);
  void end_span(Track& track);
  void finished(std::uint64_t id, Finish how);
  void finished_with(Track& track);
  void settle(model::TaskIndex task, Finish how);
  void ready(std::uint64_t id, Time at);
  Time& ready_since(model::TaskIndex task);
  void keep_span(const model::Span& span);

  model::Trace& trace_;
  Definitions& names_;
  const TraceClock& clock_;
  ModelBudget& budget_;
  std::vector<Track> tracks_;
  LoopTimes loops_;
  Remarks remarks_;

  std::uint64_t pending_ = 0;
  std::vector<Time> ready_since_;  // by task, kNever if not known; grows at the first use
  std::unordered_map<std::uint64_t, Finish> early_finishes_;  // of tasks not created yet
  std::vector<model::Span>& longest_;                         // a heap, the shortest on top
};

}  // namespace loopscope::trace
