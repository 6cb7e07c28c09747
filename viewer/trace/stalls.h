// The longest stalls, and what the watchdog saw of each. Told by Story, which says what a stall is.
#pragma once

#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/task_keeper.h"
#include "viewer/trace/watchdog.h"

namespace loopscope::trace {

class Stalls {
 public:
  Stalls(model::Trace& trace, Watchdog& watchdog, TaskKeeper& keeper)
      : trace_(trace), watchdog_(watchdog), keeper_(keeper) {}

  // One more, as the events tell it. Those of one thread do not overlap.
  void add(model::Stall stall);

  // After the last one, and when the samples have their tasks: gives the stalls that are kept their samples and the
  // thread's times, and puts them in order. Samples outside of them are dropped.
  void finish();
  // After finish(): the tasks have other numbers now.
  void renumber(const std::vector<model::TaskIndex>& number);

 private:
  // A stall, and what is added up for it.
  struct Row {
    model::Stall* stall = nullptr;
    Nanos wait_of_sightings = 0;
    Nanos wait_between_looks = 0;
    Nanos most_overlap = 0;
    std::uint64_t cause = 0;  // of that sighting
  };
  using Rows = std::vector<Row>;  // of one thread, in the order of time

  static void attach(Rows& rows, std::vector<model::StallSample>& samples);
  static void share(Rows& rows, const Watchdog::Sighting& sighting);
  static void add_wait(Rows& rows, const model::RunQueueWait& wait);
  static void judge(const Row& row);

  model::Trace& trace_;
  Watchdog& watchdog_;
  TaskKeeper& keeper_;
};

}  // namespace loopscope::trace
