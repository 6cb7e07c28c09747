#include "viewer/view/task_list.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/view/task_spans.h"
#include "viewer/view/time_axis.h"

namespace loopscope::view {
namespace {

// So many tasks between two looks at the stop token.
constexpr std::size_t kStride = std::size_t{1} << 16;
// Intervals to look at for the first span of one row: all visible rows together stay far below a millisecond.
constexpr std::uint64_t kMostStepsForQueue = 1'000;

Nanos key_of(const model::Trace& trace, model::TaskIndex task, TaskColumn column) {
  switch (column) {
    case TaskColumn::created: return task;
    case TaskColumn::life: return life_of(trace, task);
    case TaskColumn::runs: return trace.tasks.spans(task);
    case TaskColumn::run_time: return trace.tasks.run_ns(task);
  }
  return 0;
}

// What instants in the table tell apart; the copied table has all digits.
constexpr Nanos kInstantStep = 100 * kMicrosecond;

struct Candidate {
  Nanos key;
  model::TaskIndex task;
};

}  // namespace

bool pending_at(const model::TaskTable& tasks, model::TaskIndex task, Time at) {
  return tasks.created(task) <= at && (tasks.pending(task) || tasks.finished(task) > at);
}

Nanos life_of(const model::Trace& trace, model::TaskIndex task) {
  const Time to = trace.tasks.pending(task) ? trace.end : trace.tasks.finished(task);
  return std::max<Nanos>(subtract_saturating(to, trace.tasks.created(task)), 0);
}

TaskList TaskList::of(const model::Trace& trace, std::shared_ptr<const TasksBySite> tasks,
                      const TaskListOptions& options, const std::stop_token& stop) {
  TaskList list;
  if (tasks == nullptr) return list;
  list.site_ = tasks->of_site(options.site);
  list.tasks_ = std::move(tasks);
  const bool by_creation = options.column == TaskColumn::created;
  if (by_creation && !options.pending_at && options.labelled == nullptr) {
    list.all_of_site_ = true;
    list.backwards_ = options.descending;
    return list;
  }
  const auto before = [&](const Candidate& a, const Candidate& b) {
    if (a.key != b.key) return options.descending ? a.key > b.key : a.key < b.key;
    return a.task < b.task;
  };
  std::vector<Candidate> first;  // a heap with the last one on top, as soon as there are as many as are kept
  for (std::size_t at = 0; at < list.site_.size(); ++at) {
    if (at % kStride == 0 && stop.stop_requested()) return {};
    const model::TaskIndex task = list.site_[at];
    if (options.pending_at && !pending_at(trace.tasks, task, *options.pending_at)) continue;
    if (options.labelled != nullptr && !options.labelled->has(task)) continue;
    if (by_creation) {
      list.chosen_.push_back(task);
      continue;
    }
    const Candidate candidate{key_of(trace, task, options.column), task};
    if (first.size() < kMostSorted) {
      first.push_back(candidate);
      if (first.size() == kMostSorted) std::make_heap(first.begin(), first.end(), before);
      continue;
    }
    ++list.left_out_;
    if (!before(candidate, first.front())) continue;
    std::pop_heap(first.begin(), first.end(), before);
    first.back() = candidate;
    std::push_heap(first.begin(), first.end(), before);
  }
  if (by_creation) {
    list.backwards_ = options.descending;
    return list;
  }
  std::sort(first.begin(), first.end(), before);
  list.chosen_.reserve(first.size());
  for (const Candidate& candidate : first) list.chosen_.push_back(candidate.task);
  return list;
}

const char* outcome_text(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::pending: return "pending";
    case model::Outcome::ok: return "ok";
    case model::Outcome::error: return "error";
    case model::Outcome::cancelled: return "cancelled";
    case model::Outcome::abandoned: return "abandoned";
  }
  return "unknown";
}

TaskRow task_row(const model::Trace& trace, model::TaskIndex task, Time now) {
  const model::TaskTable& tasks = trace.tasks;
  const Time created = tasks.created(task);
  const bool is_pending = tasks.pending(task) || pending_at(tasks, task, now);
  TaskRow row;
  row.task = "#" + std::to_string(tasks.id(task));
  row.created = instant_text(subtract_saturating(created, trace.begin), kInstantStep);
  row.outcome = outcome_text(is_pending ? model::Outcome::pending : tasks.outcome(task));
  if (is_pending) {
    row.age = created <= now ? duration_text(subtract_saturating(now, created)) : "";
  } else {
    row.finished = instant_text(subtract_saturating(tasks.finished(task), trace.begin), kInstantStep);
    row.life = duration_text(life_of(trace, task));
  }
  row.runs = count_text(tasks.spans(task));
  row.run_time = duration_text(tasks.run_ns(task));
  if (const std::optional<Nanos> queue = queue_of_task(trace, task, kMostStepsForQueue)) {
    row.queue = duration_text(*queue);
  }
  return row;
}

std::string tasks_text(const model::Trace& trace, const TaskList& list, Time now, std::size_t most) {
  const model::TaskTable& tasks = trace.tasks;
  std::string text = "task\toutcome\tcreated ms\tfinished ms\tlife or age ms\truns\trun ms\tqueue ms\n";
  const auto since_begin = [&](Time at) { return to_ms(subtract_saturating(at, trace.begin)); };
  for (std::size_t at = 0; at < std::min(list.size(), most); ++at) {
    const model::TaskIndex task = list[at];
    if (task >= tasks.size()) continue;
    const TaskRow row = task_row(trace, task, now);
    const bool is_pending = row.finished.empty();
    const std::optional<Nanos> queue = queue_of_task(trace, task, kMostStepsForQueue);
    const Nanos life = is_pending ? subtract_saturating(now, tasks.created(task)) : life_of(trace, task);
    text += fmt::format(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", row.task, row.outcome, since_begin(tasks.created(task)),
        is_pending ? "" : fmt::format("{}", since_begin(tasks.finished(task))), to_ms(life),
        tasks.spans(task), to_ms(tasks.run_ns(task)), queue ? fmt::format("{}", to_ms(*queue)) : "");
  }
  const std::uint64_t left_out = list.left_out() + (list.size() > most ? list.size() - most : 0);
  if (left_out != 0) text += "and " + plural_text(left_out, "more task", "more tasks") + ", left out here\n";
  return text;
}

}  // namespace loopscope::view
