// What each event means: the lives of tasks and their spans. Loops are LoopTimes', what is said about tasks is
// Remarks', what was held up and who waited is Stalls' and Waits'. Events come in the order of time, from Replay.
#pragma once

#include <cstdint>
#include <memory>

#include "viewer/model/trace.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/definitions.h"
#include "viewer/trace/live_tasks.h"
#include "viewer/trace/model_budget.h"
#include "viewer/trace/ready_times.h"
#include "viewer/trace/remarks.h"
#include "viewer/trace/timeline_rows.h"
#include "viewer/trace/trace_clock.h"
#include "viewer/trace/track.h"
#include "viewer/trace/watchdog.h"

namespace loopscope::trace {

class Story {
 public:
  virtual ~Story() = default;

  // Before the first event.
  virtual std::size_t add_track(std::uint32_t thread) = 0;
  // The track goes on with this batch, of which `columns` are the events. False if the model may not weigh that much.
  virtual bool open(std::size_t track, const BatchHeader& batch, const Columns& columns) = 0;
  // Plays events up to and at `until`. True if that was the whole batch; else `next` is when it goes on.
  virtual bool play(std::size_t track, Time until, Time& next) = 0;
  // After the last event.
  virtual void finish() = 0;
};

// `trace` has its names, its begin and its (expected) end already, `watchdog` is sorted. `rows`: where the timeline
// goes; null for none.
std::unique_ptr<Story> make_story(model::Trace& trace, Definitions& names, const TraceClock& clock,
                                  Watchdog& watchdog, ModelBudget& budget, TimelineRows* rows);

// One that remembers what `tasks` remember, and moves them to the trace's table when it is finished.
std::unique_ptr<Story> make_streaming_story(model::Trace& trace, Definitions& names, const TraceClock& clock,
                                            Watchdog& watchdog, ModelBudget& budget, LiveTasks& tasks);

}  // namespace loopscope::trace
