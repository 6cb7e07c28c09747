// All that the trace knows of one task: what it is, what became of it, where it comes from, what it waited for. Made
// anew whenever another task is selected, in two parts: what the lists beside the task table say, and what needs a look
// at many tasks and spans. Both off the frame. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/view/await_graph.h"
#include "viewer/view/task_notes.h"
#include "viewer/view/task_spans.h"

namespace loopscope::view {

inline constexpr std::size_t kMostParents = 100;
inline constexpr std::size_t kMostOfAKind = 100;  // labels, cancellations, waits behind stalls
inline constexpr std::size_t kMostChildren = 1'000;

struct TaskLabel {
  std::string key;
  std::string value;
  model::TaskIndex from = model::kNoTask;  // who set it: the task or an ancestor
};

struct TaskCancel {
  model::TaskIndex other = model::kNoTask;  // who asked, or who was asked
  Time at = 0;
};

struct TaskHeldUp {
  model::TaskIndex other = model::kNoTask;  // whose span held it up, or who was held up; kNoTask: no span's
  Time from = 0;
  Nanos waited = 0;
};

// What one reads first.
struct TaskLife {
  model::TaskIndex task = model::kNoTask;
  std::uint64_t id = 0;  // its number in the trace
  model::SiteIndex site = model::kNoSite;
  std::string place;
  std::string kind;
  std::string name;  // "" if it has none
  Time created = 0;
  Time finished = kNever;
  model::Outcome outcome = model::Outcome::pending;
  std::uint32_t runs = 0;
  Nanos run_time = 0;
  std::optional<std::uint64_t> bytes;  // that it transferred, if the trace says
  bool failed = false;                 // and said why: the next two
  std::int64_t failure_code = 0;
  std::string failure;
  std::vector<TaskLabel> labels;           // by key; the nearest ancestor's, or its own
  std::vector<model::TaskIndex> parents;   // nearest first, as report::parents_of()
  model::TaskIndex root = model::kNoTask;  // the last of them all, if there are more than kMostParents
  std::uint64_t parents_between = 0;       // that are not shown before the root
  std::vector<TaskCancel> stopped_by;      // who asked it to stop, in order of time
  std::vector<TaskCancel> asked_to_stop;   // whom it asked
  std::vector<TaskHeldUp> held_up;         // by which spans, the longest first
  std::vector<TaskHeldUp> holds_up;        // whom its spans held up, the longest first
  AwaitGraph awaits;

  bool pending() const { return finished == kNever; }
};

// Names of what is around a task: "#4711 read_all (server.cpp:83)".
std::string task_text(const model::Trace& trace, model::TaskIndex task);

// As of `now`. Nothing but kNoTask for a task that there is not.
TaskLife life_of_task(const model::Trace& trace, const TaskNotes& notes, model::TaskIndex task, Time now);

// What takes a search.
struct TaskDeeds {
  model::TaskIndex task = model::kNoTask;
  TaskSpans spans;
  std::optional<Time> first_begin;         // none if it did not begin, or that was not found
  std::vector<model::TaskIndex> children;  // the first ones, in the order of creation
  std::uint64_t children_in_all = 0;
};

TaskDeeds deeds_of_task(const model::Trace& trace, model::TaskIndex task, const std::stop_token& stop);

// A stretch of the life bar.
struct LifePiece {
  enum class Kind : std::uint8_t { waits, ready, runs };
  Kind kind = Kind::waits;
  Time from = 0;
  Time to = 0;
  std::size_t span = 0;  // into TaskDeeds::spans, for ready and runs
  bool operator==(const LifePiece&) const = default;
};

// Created to finished (or the trace's end) without a gap: before its first span it is ready since it was due or created,
// before later ones since it was due where that is known.
std::vector<LifePiece> life_pieces(const model::Trace& trace, const TaskLife& life, const TaskDeeds& deeds);

// Both for the clipboard: a heading, then tab-separated lines; times in ms with all their digits.
std::string life_text(const model::Trace& trace, const TaskLife& life, const TaskDeeds* deeds);

}  // namespace loopscope::view
