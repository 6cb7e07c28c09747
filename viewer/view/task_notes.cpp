#include "viewer/view/task_notes.h"

#include <algorithm>

namespace loopscope::view {
namespace {

// Sorted in pieces of that many, so that a look at the stop token comes often enough.
constexpr std::size_t kPiece = std::size_t{1} << 16;

// False when asked to stop.
bool sort_in_pieces(std::vector<TaskNotes::Entry>& entries, const std::stop_token& stop) {
  if (std::is_sorted(entries.begin(), entries.end())) return true;
  const auto at = [&](std::size_t index) {
    return entries.begin() + static_cast<std::ptrdiff_t>(std::min(index, entries.size()));
  };
  for (std::size_t from = 0; from < entries.size(); from += kPiece) {
    if (stop.stop_requested()) return false;
    std::sort(at(from), at(from + kPiece));
  }
  std::vector<TaskNotes::Entry> merged(entries.size());
  for (std::size_t length = kPiece; length < entries.size(); length *= 2) {
    for (std::size_t from = 0; from < entries.size(); from += 2 * length) {
      if (stop.stop_requested()) return false;
      std::merge(at(from), at(from + length), at(from + length), at(from + 2 * length),
                 merged.begin() + static_cast<std::ptrdiff_t>(from));
    }
    entries.swap(merged);
  }
  return true;
}

}  // namespace

TaskNotes TaskNotes::of(const model::Trace& trace, const std::stop_token& stop) {
  TaskNotes notes;
  const auto known = [&](model::TaskIndex task) { return task < trace.tasks.size(); };
  const auto add = [&](Note note, model::TaskIndex task, std::size_t at) {
    if (known(task)) notes.list(note).push_back({task, static_cast<std::uint32_t>(at)});
  };
  for (std::size_t at = 0; at < trace.task_names.size(); ++at) add(Note::name, trace.task_names[at].task, at);
  for (std::size_t at = 0; at < trace.failures.size(); ++at) add(Note::failure, trace.failures[at].task, at);
  for (std::size_t at = 0; at < trace.labels.size(); ++at) add(Note::label, trace.labels[at].task, at);
  for (std::size_t at = 0; at < trace.edges.size(); ++at) {
    const model::Edge& edge = trace.edges[at];
    if (!known(edge.from) || !known(edge.to)) continue;
    const bool await = edge.kind == model::Edge::Kind::await;
    add(await ? Note::waits_for : Note::asks_to_stop, edge.from, at);
    add(await ? Note::waited_by : Note::told_to_stop, edge.to, at);
  }
  for (std::size_t at = 0; at < trace.waited.size(); ++at) {
    add(Note::held_up, trace.waited[at].task, at);
    add(Note::holds_up, trace.waited[at].blocker, at);
  }
  for (std::vector<Entry>& entries : notes.notes_) {
    if (!sort_in_pieces(entries, stop)) return {};
  }
  return notes;
}

std::span<const TaskNotes::Entry> TaskNotes::of_task(Note note, model::TaskIndex task) const {
  const std::vector<Entry>& entries = notes_[static_cast<std::size_t>(note)];
  const auto first = std::lower_bound(entries.begin(), entries.end(), Entry{task, 0});
  const auto last = std::upper_bound(first, entries.end(), Entry{task, UINT32_MAX});
  return {first, last};
}

std::string name_of_task(const model::Trace& trace, const TaskNotes& notes, model::TaskIndex task) {
  const auto names = notes.of_task(Note::name, task);
  // Renamed: the last one holds.
  if (!names.empty()) return trace.task_names[names.back().at].name;
  if (task >= trace.tasks.size() || trace.tasks.site(task) >= trace.sites.size()) return "";
  return trace.sites[trace.tasks.site(task)].name;
}

}  // namespace loopscope::view
