// Edges, labels, gauges, pauses, failures.
#include "viewer/trace/remarks.h"

#include <cstdint>

namespace loopscope::trace {

using namespace model;

namespace {

// Of pauses, and of the points of a gauge, where memory is bounded.
constexpr std::size_t kFew = 65536;
constexpr std::size_t kNotKept = SIZE_MAX;

}  // namespace

std::string Remarks::text(std::uint64_t string) {
  const std::string& found = names_.text(string);
  return budget_.spend(found.size()) ? found : std::string();
}

void Remarks::await_begin(TaskIndex waiter, TaskIndex awaited, Time now, SiteIndex site) {
  if (waiter == kNoTask) {
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

bool Remarks::failed(TaskIndex task, Time now, std::int64_t code, std::uint64_t error_string) {
  if (trace_.failures.size() == kMaxFailures) return false;
  trace_.failures.push_back({task, now, code, text(error_string)});
  return true;
}

void Remarks::gauge_set(std::uint64_t gauge, Time now, double number) {
  GaugeSeries& series = trace_.gauges[names_.gauge(gauge, trace_)];
  series.at.push_back(now);
  series.number.push_back(number);
  if (!few_ || series.at.size() < 2 * kFew) return;
  for (std::size_t i = 0; i < kFew; ++i) {
    series.at[i] = series.at[2 * i];
    series.number[i] = series.number[2 * i];
  }
  series.at.resize(kFew);
  series.number.resize(kFew);
}

void Remarks::pause_begin(Track& track, std::uint64_t kind_string) {
  if (few_ && trace_.pauses.size() >= kFew) {
    track.pauses.push_back(kNotKept);
    return;
  }
  track.pauses.push_back(trace_.pauses.size());
  trace_.pauses.push_back({text(kind_string), track.now, 0, track.thread});
}

void Remarks::pause_end(Track& track) {
  if (track.pauses.empty()) {
    ++trace_.integrity.unmatched_events;
    return;
  }
  const std::size_t last = track.pauses.back();
  track.pauses.pop_back();
  if (last != kNotKept) trace_.pauses[last].duration = track.now - trace_.pauses[last].begin;
}

void Remarks::forget(const std::function<bool(TaskIndex)>& is_gone) {
  const auto gone = [&](TaskIndex task) { return task != kNoTask && is_gone(task); };
  for (Edge& edge : trace_.edges) {
    if (edge.kind == Edge::Kind::cancel && gone(edge.from)) edge.from = kNoTask;
  }
  std::erase_if(trace_.edges, [&](const Edge& edge) { return gone(edge.from) || gone(edge.to); });
  std::erase_if(trace_.labels, [&](const Label& label) { return gone(label.task); });
  std::erase_if(trace_.task_names, [&](const TaskName& name) { return gone(name.task); });
  open_awaits_.clear();
  for (std::size_t i = 0; i < trace_.edges.size(); ++i) {
    const Edge& edge = trace_.edges[i];
    if (edge.kind == Edge::Kind::await && edge.end == kNever) open_awaits_[{edge.from, edge.to}].push_back(i);
  }
}

void Remarks::renumber(const std::vector<TaskIndex>& number) {
  forget([&](TaskIndex task) { return number[task] == kNoTask; });
  const auto renumbered = [&](TaskIndex& task) {
    if (task != kNoTask) task = number[task];
  };
  for (Edge& edge : trace_.edges) {
    renumbered(edge.from);
    renumbered(edge.to);
  }
  for (Label& label : trace_.labels) renumbered(label.task);
  for (TaskName& name : trace_.task_names) renumbered(name.task);
  for (Failure& failure : trace_.failures) renumbered(failure.task);
}

void Remarks::finish(const std::vector<Track>& tracks) {
  for (const Track& track : tracks) {
    for (const std::size_t pause : track.pauses) {
      if (pause == kNotKept) continue;
      trace_.pauses[pause].duration = trace_.end - trace_.pauses[pause].begin;
    }
  }
}

}  // namespace loopscope::trace
