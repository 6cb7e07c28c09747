// What only few tasks have: names, failures, labels, edges, waits behind a stall. The trace has them as lists in the
// order of time; here they are found by task. Made once a trace, off the frame; immutable then, any thread.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::view {

enum class Note : std::uint8_t {
  name,          // into Trace::task_names
  failure,       // into Trace::failures
  label,         // into Trace::labels
  waits_for,     // into Trace::edges: the task is the waiter
  waited_by,     // into Trace::edges: the task is awaited
  asks_to_stop,  // into Trace::edges: the task asks another one
  told_to_stop,  // into Trace::edges: the task is asked
  held_up,       // into Trace::waited: the task waited
  holds_up,      // into Trace::waited: the task's span held others
  count_of_them
};

class TaskNotes {
 public:
  struct Entry {
    model::TaskIndex task = model::kNoTask;
    std::uint32_t at = 0;  // into the list that belongs to the note
    auto operator<=>(const Entry&) const = default;
  };

  // What names a task that the trace does not have is left out, at either end of an edge. Empty when asked to stop.
  static TaskNotes of(const model::Trace& trace, const std::stop_token& stop);

  // In the order of the trace's list.
  std::span<const Entry> of_task(Note note, model::TaskIndex task) const;

 private:
  std::vector<Entry>& list(Note note) { return notes_[static_cast<std::size_t>(note)]; }

  std::array<std::vector<Entry>, static_cast<std::size_t>(Note::count_of_them)> notes_;  // sorted
};

// The user's name for the task, else for its site; "" if there is none.
std::string name_of_task(const model::Trace& trace, const TaskNotes& notes, model::TaskIndex task);

}  // namespace loopscope::view
