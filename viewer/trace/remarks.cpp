// Edges, labels, gauges, pauses, failures.
#include "viewer/trace/remarks.h"

#include <cstring>

namespace loopscope::trace {

using namespace model;

std::string Remarks::text(std::uint64_t string) {
  const std::string& found = names_.text(string);
  return budget_.spend(found.size()) ? found : std::string();
}

void Remarks::await_begin(Track& track) {
  const std::uint64_t waiter = track.next_task();
  const std::uint64_t awaited = track.other_end(waiter);
  Edge edge;
  edge.kind = Edge::Kind::await;
  edge.site = names_.site(track.columns.sites.next());
  edge.from = trace_.tasks.find(waiter);
  edge.to = trace_.tasks.find(awaited);
  edge.begin = track.now;
  if (edge.from == kNoTask || edge.to == kNoTask) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  open_awaits_[{edge.from, edge.to}].push_back(trace_.edges.size());
  trace_.edges.push_back(edge);
}

void Remarks::await_end(Track& track) {
  const std::uint64_t waiter = track.next_task();
  const std::uint64_t awaited = track.other_end(waiter);
  const auto open = open_awaits_.find({trace_.tasks.find(waiter), trace_.tasks.find(awaited)});
  if (open == open_awaits_.end()) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  trace_.edges[open->second.back()].end = track.now;
  open->second.pop_back();
  if (open->second.empty()) open_awaits_.erase(open);
}

void Remarks::cancel_requested(Track& track) {
  const std::uint64_t task = track.next_task();
  const std::uint64_t asker = track.other_end(task);
  Edge edge;
  edge.kind = Edge::Kind::cancel;
  edge.site = names_.site(track.columns.sites.next());
  edge.from = asker == 0 ? kNoTask : trace_.tasks.find(asker);
  edge.to = trace_.tasks.find(task);
  edge.begin = track.now;
  if (edge.to == kNoTask) {
    ++trace_.integrity.unmatched_events;
  } else {
    trace_.edges.push_back(edge);
  }
}

void Remarks::gauge_set(Track& track) {
  const std::uint32_t gauge = names_.gauge(track.columns.values.next(), trace_);
  double number = 0;
  std::memcpy(&number, track.columns.numbers, sizeof number);
  track.columns.numbers += sizeof number;
  trace_.gauges[gauge].at.push_back(track.now);
  trace_.gauges[gauge].number.push_back(number);
}

void Remarks::context_set(Track& track) {
  const TaskIndex task = trace_.tasks.find(track.next_task());
  const std::uint64_t key = track.columns.values.next();
  const std::uint64_t value = track.columns.values.next();
  trace_.labels.push_back({task, text(key), text(value)});
}

void Remarks::renamed(Track& track) {
  const TaskIndex task = trace_.tasks.find(track.next_task());
  trace_.task_names.push_back({task, text(track.columns.values.next())});
}

void Remarks::pause_begin(Track& track) {
  track.pauses.push_back(trace_.pauses.size());
  trace_.pauses.push_back({text(track.columns.values.next()), track.now, 0, track.thread});
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

void Remarks::failed(TaskIndex task, Time at, std::int64_t code, std::uint64_t error_string) {
  if (trace_.failures.size() == kMaxFailures) return;
  trace_.failures.push_back({task, at, code, text(error_string)});
}

void Remarks::finish(const std::vector<Track>& tracks) {
  for (const Track& track : tracks) {
    for (const std::size_t pause : track.pauses) {
      trace_.pauses[pause].duration = trace_.end - trace_.pauses[pause].begin;
    }
  }
}

}  // namespace loopscope::trace
