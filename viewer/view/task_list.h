// The single tasks of one site, as rows of a table: which ones, in which order, and what a row says. A site may have
// tens of millions, so the list holds no rows: one is made when it is on screen. Lists are made off the frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/view/labelled_tasks.h"
#include "viewer/view/tasks_by_site.h"

namespace loopscope::view {

enum class TaskColumn : std::uint8_t { created, life, runs, run_time };

struct TaskListOptions {
  model::SiteIndex site = model::kNoSite;
  // Those that were pending then; none: all tasks.
  std::optional<Time> pending_at = std::nullopt;
  // Those that have the labels; null: whatever labels they have.
  std::shared_ptr<const LabelledTasks> labelled = nullptr;
  TaskColumn column = TaskColumn::created;
  bool descending = false;
};

// Pending at that instant: created by then, not finished by then.
bool pending_at(const model::TaskTable& tasks, model::TaskIndex task, Time at);

// Created to finished; to the trace's end if it is pending.
Nanos life_of(const model::Trace& trace, model::TaskIndex task);

class TaskList {
 public:
  // An order by anything but creation has only as many, those that come first.
  static constexpr std::size_t kMostSorted = 100'000;

  // In the order of creation without a condition it costs nothing; else one look at each task of the site. Equal ones
  // stay in the order of creation. Empty when asked to stop.
  static TaskList of(const model::Trace& trace, std::shared_ptr<const TasksBySite> tasks,
                     const TaskListOptions& options, const std::stop_token& stop);

  std::size_t size() const { return all_of_site_ ? site_.size() : chosen_.size(); }
  // Precondition: at < size().
  model::TaskIndex operator[](std::size_t at) const {
    if (all_of_site_) return backwards_ ? site_[site_.size() - 1 - at] : site_[at];
    return backwards_ ? chosen_[chosen_.size() - 1 - at] : chosen_[at];
  }
  // That met the conditions and come behind the last one.
  std::uint64_t left_out() const { return left_out_; }

 private:
  std::shared_ptr<const TasksBySite> tasks_;  // owns what site_ is a part of
  std::span<const model::TaskIndex> site_;
  std::vector<model::TaskIndex> chosen_;
  bool all_of_site_ = false;
  bool backwards_ = false;
  std::uint64_t left_out_ = 0;
};

struct TaskRow {
  std::string task;      // "#4711", as the program's logs may have it
  std::string created;   // since the trace's begin
  std::string finished;  // the same; "" while pending
  std::string outcome;   // "ok", "error", "cancelled", "abandoned", "pending"
  std::string life;      // created to finished; "" while pending
  std::string age;       // created until `now`; "" if it is not pending then
  std::string runs;
  std::string run_time;
  std::string
      queue;  // created, due or ready to the first begin; "" if it did not begin, or that is not known
};

// As of `now`. Precondition: task < trace.tasks.size().
TaskRow task_row(const model::Trace& trace, model::TaskIndex task, Time now);

const char* outcome_text(model::Outcome outcome);

// The list for the clipboard: tab-separated, times in ms with all their digits, at most `most` rows. A heading line first;
// a last line says how many are left out.
std::string tasks_text(const model::Trace& trace, const TaskList& list, Time now, std::size_t most);

}  // namespace loopscope::view
