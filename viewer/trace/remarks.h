// What is said about tasks and the program beside their lives: who awaits or cancels whom, labels, names, gauges,
// pauses, failures. Rare events, told by Story, which knows the tasks.
#pragma once

#include <cstdint>
#include <functional>
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

  void await_begin(model::TaskIndex waiter, model::TaskIndex awaited, Time now, model::SiteIndex site);
  void await_end(model::TaskIndex waiter, model::TaskIndex awaited, Time now);
  // `asker` may be kNoTask.
  void cancel_requested(model::TaskIndex task, model::TaskIndex asker, Time now, model::SiteIndex site);
  void labelled(model::TaskIndex task, std::uint64_t key_string, std::uint64_t value_string);
  void renamed(model::TaskIndex task, std::uint64_t name_string);
  // False if there are enough of them already.
  bool failed(model::TaskIndex task, Time now, std::int64_t code, std::uint64_t error_string);
  void gauge_set(std::uint64_t gauge, Time now, double number);
  void pause_begin(Track& track, std::uint64_t kind_string);
  void pause_end(Track& track);

  // From now on a bounded number is kept of what no task limits: the first pauses, and gauges in ever wider steps.
  void keep_few() { few_ = true; }
  // What mentions one of these tasks is forgotten.
  void forget(const std::function<bool(model::TaskIndex)>& is_gone);
  // The tasks have other numbers now; kNoTask for one that has none. Edges, labels and names of such are dropped.
  void renumber(const std::vector<model::TaskIndex>& number);

  // Pauses that are still open last to the trace's end.
  void finish(const std::vector<Track>& tracks);

 private:
  std::string text(std::uint64_t string);

  model::Trace& trace_;
  Definitions& names_;
  ModelBudget& budget_;
  bool few_ = false;
  std::map<std::pair<model::TaskIndex, model::TaskIndex>, std::vector<std::size_t>> open_awaits_;
};

}  // namespace loopscope::trace
