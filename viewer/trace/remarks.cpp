// Edges, labels, gauges, pauses, failures.
#include "viewer/trace/remarks.h"

namespace loopscope::trace {

using namespace model;

std::string Remarks::text(std::uint64_t string) {
  const std::string& found = names_.text(string);
  return budget_.spend(found.size()) ? found : std::string();
}

void Remarks::await_begin(TaskIndex waiter, TaskIndex awaited, Time now, SiteIndex site) {
  if (waiter == kNoTask || awaited == kNoTask) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  open_awaits_[{waiter, awaited}].push_back(trace_.edges.size());
  trace_.edges.push_back({Edge::Kind::await, waiter, awaited, now, kNever, site});
}

void Remarks::await_end(TaskIndex waiter, TaskIndex awaited, Time now) {
  const auto open = open_awaits_.find({waiter, awaited});
  if (open == open_awaits_.end()) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  trace_.edges[open->second.back()].end = now;
  open->second.pop_back();
  if (open->second.empty()) open_awaits_.erase(open);
}

void Remarks::cancel_requested(TaskIndex task, TaskIndex asker, Time now, SiteIndex site) {
  if (task == kNoTask) {
    ++trace_.integrity.unmatched_events;
  } else {
    trace_.edges.push_back({Edge::Kind::cancel, asker, task, now, kNever, site});
  }
}

void Remarks::labelled(TaskIndex task, std::uint64_t key_string, std::uint64_t value_string) {
  trace_.labels.push_back({task, text(key_string), text(value_string)});
}

void Remarks::renamed(TaskIndex task, std::uint64_t name_string) {
  trace_.task_names.push_back({task, text(name_string)});
}

void Remarks::failed(TaskIndex task, Time now, std::int64_t code, std::uint64_t error_string) {
  if (trace_.failures.size() == kMaxFailures) return;
  trace_.failures.push_back({task, now, code, text(error_string)});
}

void Remarks::gauge_set(std::uint64_t gauge, Time now, double number) {
  GaugeSeries& series = trace_.gauges[names_.gauge(gauge, trace_)];
  series.at.push_back(now);
  series.number.push_back(number);
}

void Remarks::pause_begin(Track& track, std::uint64_t kind_string) {
  track.pauses.push_back(trace_.pauses.size());
  trace_.pauses.push_back({text(kind_string), track.now, 0, track.thread});
}

void Remarks::pause_end(Track& track) {
  if (track.pauses.empty()) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  Pause& pause = trace_.pauses[track.pauses.back()];
  pause.duration = track.now - pause.begin;
  track.pauses.pop_back();
}

void Remarks::finish(const std::vector<Track>& tracks) {
  for (const Track& track : tracks) {
    for (const std::size_t pause : track.pauses) {
      trace_.pauses[pause].duration = trace_.end - trace_.pauses[pause].begin;
    }
  }
}

}  // namespace loopscope::trace
