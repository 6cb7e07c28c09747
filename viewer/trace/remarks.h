// What is said about tasks and the program beside their lives: who awaits or cancels whom, labels, names, gauges,
// pauses, failures. Rare events, told by Story.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/definitions.h"
#include "viewer/trace/model_budget.h"
#include "viewer/trace/track.h"

namespace loopscope::trace {

class Remarks {
 public:
  Remarks(model::Trace& trace, Definitions& names, ModelBudget& budget)
      : trace_(trace), names_(names), budget_(budget) {}

  void await_begin(Track& track);
  void await_end(Track& track);
  void cancel_requested(Track& track);
  void context_set(Track& track);
  void gauge_set(Track& track);
  void pause_begin(Track& track);
  void pause_end(Track& track);
  void renamed(Track& track);
  void failed(model::TaskIndex task, Time at, std::int64_t code, std::uint64_t error_string);

  // Pauses that are still open last to the trace's end.
  void finish(const std::vector<Track>& tracks);

 private:
  std::string text(std::uint64_t string);

  model::Trace& trace_;
  Definitions& names_;
  ModelBudget& budget_;
  std::map<std::pair<model::TaskIndex, model::TaskIndex>, std::vector<std::size_t>> open_awaits_;
};

}  // namespace loopscope::trace
