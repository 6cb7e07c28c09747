// What each event means: the lives of tasks and their spans. Loops are LoopTimes', what is said about tasks is
// Remarks'. Events come in the order of time, from Replay.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/definitions.h"
#include "viewer/trace/loop_times.h"
#include "viewer/trace/model_budget.h"
#include "viewer/trace/ready_times.h"
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

  // The track goes on with this batch, of which `columns` are the events. False if the model may not weigh that much.
  bool open(std::size_t track, const BatchHeader& batch, const Columns& columns);
  // Plays events up to and at `until`. True if that was the whole batch; else `next` is when it goes on.
  bool play(std::size_t track, Time until, Time& next);

  // After the last event.
  void finish();

 private:
  struct Finish {
    Time at = 0;
    model::Outcome outcome = model::Outcome::ok;
  };

  void adopt_open_spans(Track& track, const BatchHeader& batch);
  void play_rare(Track& track, std::uint8_t kind);
  void created(Track& track, Time now);
  void begin_span(Track& track, std::uint64_t id, Time now);
  void end_span(Track& track, Time now);
  void finished(std::uint64_t id, Finish how);
  void finished_before_created(std::uint64_t id, Finish how);
  void finished_with(Track& track);
  void settle(model::TaskIndex task, Finish how);
  void ready(std::uint64_t id, Time at);
  void keep_span(const model::Span& span);

  model::Trace& trace_;
  Definitions& names_;
  const TraceClock& clock_;
  ModelBudget& budget_;
  model::TaskTable& tasks_;
  model::Site* sites_;  // all of them are known before the first event
  std::vector<Track> tracks_;
  LoopTimes loops_;
  Remarks remarks_;
  ReadyTimes ready_;

  std::uint64_t pending_ = 0;
  std::unordered_map<std::uint64_t, Finish> early_finishes_;  // of tasks not created yet
  std::vector<model::Span>& longest_;                         // a heap, the shortest on top
  Nanos keep_longer_than_ = -1;                               // a span that is to be among them
};

}  // namespace loopscope::trace
